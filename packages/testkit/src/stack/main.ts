// npm run stack -- up|down|status|logs: the five real servers on loopback, kept running behind the terminal.
import { createReadStream, existsSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { dirname, join, relative, resolve } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { ConfigError, loadConfig } from '@message-push/runtime';
import { environment, stackFields } from './config.ts';
import { ENGINES, type Engine, engineEnv, StackError, startEngines } from './index.ts';
import { requireSystemPackages } from './missing.ts';
import { portsAreFree } from './ports.ts';
import { tail } from './processes.ts';
import { recipes } from './recipes.ts';
import { readStack } from './record.ts';
import { deleteData, runningEngines, type State, stateOf, stopEngines } from './running.ts';

const HELP = `npm run stack -- up [ENGINE …]       starts the engines (all five by default); those that run stay as they are
npm run stack -- down [ENGINE …]     stops them; --delete-data removes their data too
npm run stack -- status              what runs, and whether it answers
npm run stack -- logs ENGINE         the end of its log; --follow shows what comes, --lines N

Engines: ${ENGINES.join(', ')}. Data, logs and stack.json are in DATA_DIR (default .data/stack).
Settings: ${Object.values(stackFields)
  .map(({ env }) => env)
  .join(', ')}.`;

const root = join(dirname(fileURLToPath(import.meta.url)), '../../../..');
const dir = resolve(root, environment.DATA_DIR || '.data/stack');
const shown = (path: string) => (path.startsWith(root) ? relative(root, path) : path);
const print = (line: string) => process.stdout.write(`${line}\n`);

async function up(engines: readonly Engine[]): Promise<void> {
  requireSystemPackages(engines);
  const config = loadConfig(stackFields, environment);
  const heapMb = { kafka: config.kafkaHeapMb, elasticsearch: config.elasticsearchHeapMb, nacos: config.nacosHeapMb };
  const ports = await wantedPorts(engines, {
    kafka: config.kafkaPort,
    elasticsearch: config.elasticsearchPort,
    nacos: config.nacosPort,
    redis: config.redisPort,
    postgres: config.postgresPort,
  });
  const started = performance.now();
  const onProgress = (line: string) => print(`  ${line}`);
  await startEngines({ dir, engines, ports, heapMb, detached: true, onProgress });
  await status();
  print(
    `\nReady after ${Math.round((performance.now() - started) / 1000)} s. Settings for the platform: ${writeEnv()}`,
  );
}

/** A port that somebody set has to be that one; a default gives way to the one used before, or to a free one. */
async function wantedPorts(
  engines: readonly Engine[],
  configured: Record<Engine, number>,
): Promise<Partial<Record<Engine, number>>> {
  const ports: Partial<Record<Engine, number>> = {};
  for (const engine of engines) {
    const { title, morePorts } = recipes[engine];
    const port = configured[engine];
    if (environment[`STACK_${engine.toUpperCase()}_PORT`]) ports[engine] = port;
    else if (readStack(dir)[engine]) continue;
    else if (await portsAreFree(port, morePorts)) ports[engine] = port;
    else print(`  ${title}: port ${port} (or one beside it) is in use, taking a free one`);
  }
  return ports;
}

/** The settings that make the platform use what runs; in a file, because one of them is a secret. Answers how to read it. */
function writeEnv(): string {
  const file = join(dir, 'env');
  const handles = Object.fromEntries(runningEngines(dir, print).map((handle) => [handle.engine, handle]));
  const lines = Object.entries(engineEnv(handles)).map(([name, value]) => `${name}=${value}\n`);
  rmSync(file, { force: true });
  if (lines.length > 0) writeFileSync(file, lines.join(''), { mode: 0o600 });
  return `set -a; . ${shown(file)}; set +a`;
}

async function down(engines: readonly Engine[], withData: boolean): Promise<void> {
  const stopped = await stopEngines(dir, engines, (line) => print(`  ${line}`));
  print(stopped.length > 0 ? `Stopped: ${stopped.join(', ')}.` : 'Nothing to stop.');
  writeEnv();
  if (!withData) return;
  for (const place of deleteData(dir, engines)) print(`  deleted ${shown(place)}`);
}

async function status(): Promise<void> {
  const rows = await Promise.all(ENGINES.map((engine) => stateOf(dir, engine)));
  const cells = rows.map((state) => [recipes[state.engine].title, state.word, ...details(state)]);
  const widths = [0, 1, 2, 3, 4].map((column) => Math.max(...cells.map((row) => row[column]?.length ?? 0)));
  for (const row of cells)
    print(`  ${row.map((cell, column) => cell.padEnd(widths[column] ?? 0)).join('  ')}`.trimEnd());
  if (rows.some(({ word }) => word === 'gone' || word === 'silent')) process.exitCode = 1;
}

function details({ engine, address, pid, memoryMb, startedAt, word }: State): string[] {
  if (word === 'gone') return [address, `it ended by itself: npm run stack -- logs ${engine}`];
  if (pid === undefined) return [];
  return [address, `pid ${pid}`, `${memoryMb} MB`, `since ${startedAt.slice(0, 19).replace('T', ' ')} UTC`];
}

async function logs(engine: Engine, lines: number, follow: boolean): Promise<void> {
  const place = readStack(dir)[engine]?.dir;
  const file = place && join(place, 'server.log');
  if (!file || !existsSync(file)) throw new StackError(`${engine} was never started in ${shown(dir)}.`);
  let offset = statSync(file).size;
  print(tail(file, lines));
  while (follow) {
    await delay(300);
    const size = existsSync(file) ? statSync(file).size : 0;
    if (size < offset) offset = 0; // a new file
    if (size === offset) continue;
    for await (const chunk of createReadStream(file, { start: offset, end: size - 1 })) process.stdout.write(chunk);
    offset = size;
  }
}

function enginesOf(names: readonly string[]): Engine[] {
  const unknown = names.filter((name) => !ENGINES.some((engine) => engine === name));
  if (unknown.length > 0)
    throw new StackError(`There is no engine ${unknown.join(', ')}. Engines: ${ENGINES.join(', ')}.`);
  return names.length === 0 ? [...ENGINES] : ENGINES.filter((engine) => names.includes(engine));
}

async function command(): Promise<void> {
  const { positionals, values } = parseArgs({
    allowPositionals: true,
    options: {
      help: { type: 'boolean', short: 'h' },
      follow: { type: 'boolean', short: 'f' },
      lines: { type: 'string', default: '100' },
      'delete-data': { type: 'boolean' },
    },
  });
  const [verb, ...names] = positionals;
  if (values.help || verb === undefined) {
    print(HELP);
    return;
  }
  if (verb === 'up') return up(enginesOf(names));
  if (verb === 'down') return down(enginesOf(names), values['delete-data'] ?? false);
  if (verb === 'status') return status();
  const [engine] = enginesOf(names);
  if (verb === 'logs' && names.length === 1 && engine)
    return logs(engine, Number(values.lines), values.follow ?? false);
  throw new StackError(`That is not a command.\n\n${HELP}`);
}

try {
  await command();
} catch (error) {
  const expected = error instanceof StackError || error instanceof ConfigError;
  const told = error instanceof TypeError && 'code' in error && error.code === 'ERR_PARSE_ARGS_UNKNOWN_OPTION';
  process.stderr.write(`${expected || told ? error.message : error instanceof Error ? error.stack : error}\n`);
  process.exitCode = 1;
}
