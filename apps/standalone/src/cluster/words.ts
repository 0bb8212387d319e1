// What `npm run cluster` says on the terminal: its usage, the block to begin with, the table of processes.
import type { ProcessInfo } from '@message-push/testkit/control';
import { bold, curlLine, dim, green } from '../banner.ts';
import type { RunFile } from '../data-dir.ts';

export const HELP = `message-push as a cluster: each part a process of its own, on Kafka, Redis, Nacos, Elasticsearch and PostgreSQL

  npm run cluster [-- OPTION …]

  --gateways N   default 2
  --nodes N      default 3
  --consumers N  default 2
  --apis N       default 2
  --console      with the web console
  --respawn      start processes again that died; else they stay dead
  --help         this text

While it runs, from another terminal:
  npm run cluster -- status
  npm run cluster -- add node|gateway|consumer|api
  npm run cluster -- drain ID    empties it, then ends it: nobody notices
  npm run cluster -- stop ID     SIGTERM: ends what is under way
  npm run cluster -- kill ID     kill -9
  npm run cluster -- pause ID    SIGSTOP; resume ID goes on

Settings are environment variables (all of them: README.md, "Configuration"):
  DATA_DIR       secrets, logs, run.json; default .data/cluster
  BUS, STATE, ARCHIVE, REGISTRY, DATABASE_URL
                 engines that you have; for the others local ones are started (npm run stack)
  API_PORT, GATEWAY_PORT, CONSOLE_PORT
                 ports of the first of each; unset: free ones
`;

/** "1 node", "2 nodes". */
export function several(count: number, one: string, more = `${one}s`): string {
  return `${count} ${count === 1 ? one : more}`;
}

/** The block that is shown when everything serves. */
export function clusterBanner(run: RunFile, { local, startedMs }: { local: string[]; startedMs: number }): string {
  const parts = ['api', 'gateway', 'node', 'consumer'].map((role) =>
    several(run.processes.filter((one) => one.role === role).length, role),
  );
  const lines = [
    '',
    `  ${green('●')} ${bold('message-push runs as a cluster')} ${dim(`(${parts.join(', ')}; ready in ${(startedMs / 1000).toFixed(1)} s)`)}`,
    '',
    `    REST API    ${run.apis?.join(', ')}  ${dim(`(docs: ${run.api}/docs)`)}`,
    `    WebSocket   ${run.gateways.join(', ')}`,
  ];
  if (run.console) {
    const operator = run.operator ? dim(`  (${run.operator.email} / ${run.operator.password})`) : '';
    lines.push(`    Console     ${run.console}${operator}`);
  }
  lines.push(
    `    Engines     ${local.length > 0 ? `${local.join(', ')} on this machine` : 'those of the environment'}`,
  );
  if (run.demo) {
    lines.push('', `  ${bold('Try it')}: listen as user 1 in a second terminal,`, '');
    lines.push('    npm run listen -- --uid 1', '', '  and push from a third:', '');
    lines.push(`    ${curlLine(run.api, run.demo)}`);
  }
  lines.push('', `  ${bold('Break it')}: the listener keeps its connection and misses nothing`, '');
  lines.push('    npm run cluster -- kill node-1       a crash');
  lines.push('    npm run cluster -- add node          one more');
  lines.push('    npm run cluster -- drain node-2      one less');
  lines.push('    npm run cluster -- status', '');
  lines.push(dim('  Ctrl-C stops it in order; what is under way is finished first.'), '');
  return lines.join('\n');
}

/** One line a process. */
export function processTable(processes: ProcessInfo[], now: number): string {
  const rows = processes.map(({ id, pid, address, state, since, ended, missing }) => {
    const what = [state, `${Math.round((now - since) / 1000)} s`, ended ?? missing?.join(', ') ?? ''];
    return [id, String(pid), address, what.filter((text) => text !== '').join(', ')];
  });
  const table = [['process', 'pid', 'address', 'state'], ...rows];
  const widths = [0, 1, 2].map((column) => Math.max(...table.map((row) => row[column]?.length ?? 0)));
  return table.map((row) => `  ${row.map((cell, i) => cell.padEnd(widths[i] ?? 0)).join('  ')}`.trimEnd()).join('\n');
}
