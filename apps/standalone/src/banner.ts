// What `npm start` says on the terminal: steps while it starts, then one short block to begin with.
import type { RunFile } from './data-dir.ts';

const colour = process.stdout.isTTY === true;
const paint = (code: number, text: string) => (colour ? `\u001b[${code}m${text}\u001b[0m` : text);
export const bold = (text: string) => paint(1, text);
export const dim = (text: string) => paint(2, text);
export const green = (text: string) => paint(32, text);

let saidAt = Number.NEGATIVE_INFINITY;

/** A line about what happens now. */
export function say(text: string): void {
  saidAt = Date.now();
  process.stdout.write(`  ${text}\n`);
}

/** A terminal that was silent for longer looks dead. */
const SILENCE_MS = 2000;

/** Runs a step and says so when nothing was said for 2 s: by it, or by what went before. */
export async function step<T>(title: string, work: Promise<T>): Promise<T> {
  const started = Date.now();
  const progress = () => {
    if (Date.now() - saidAt >= SILENCE_MS) say(dim(`${title} … ${Math.round((Date.now() - started) / 1000)} s`));
  };
  progress();
  const timer = setInterval(progress, 500);
  try {
    return await work;
  } finally {
    clearInterval(timer);
  }
}

/** The block that is shown when everything serves. */
export function banner(run: RunFile, notes: string[], startedMs: number): string {
  const lines = [
    '',
    `  ${green('●')} ${bold('message-push is running')} ${dim(`(ready in ${(startedMs / 1000).toFixed(1)} s)`)}`,
    '',
  ];
  lines.push(`    REST API    ${run.api}  ${dim(`(docs: ${run.api}/docs)`)}`);
  lines.push(`    WebSocket   ${run.gateways.join(', ')}`);
  if (run.console)
    lines.push(
      `    Console     ${run.console}${run.operator ? dim(`  (${run.operator.email} / ${run.operator.password})`) : ''}`,
    );
  for (const note of notes) lines.push(`    ${dim(note)}`);
  if (run.demo) {
    lines.push('', `  ${bold('Try it')}: listen as user 1 in a second terminal,`, '');
    lines.push('    npm run listen -- --uid 1', '', '  and push from a third:', '');
    lines.push(`    ${curlLine(run.api, run.demo)}`, '');
  } else
    lines.push(
      '',
      '  The demo credential was revoked: issue one with `npm run admin -- credential issue --app demo`.',
      '',
    );
  lines.push(dim('  Ctrl-C stops it; what is under way is finished first.'), '');
  return lines.join('\n');
}

/** A push with the demo credential, to be pasted. */
export function curlLine(api: string, demo: { app_id: string; app_secret: string }): string {
  const body =
    '{"push_method":1,"platform":"all","audience":{"uids":[1]},"message":{"title":"Hello","content":"你好, world"}}';
  return `curl -u '${demo.app_id}:${demo.app_secret}' -H 'Content-Type: application/json' ${api}/message-push/v1/push -d '${body}'`;
}

export const HELP = `message-push: the whole platform on this machine

  npm start [-- OPTION …]

  --no-console   leave the web console out
  --help         this text

Settings are environment variables (all of them: README.md, "Configuration"):
  API_PORT       REST API, default 8080; 0 = a free port
  GATEWAY_PORT   WebSocket gateway, default 8090; 0 = a free port
  CONSOLE_PORT   web console, default 3000; 0 = a free port
  DATA_DIR       data, secrets and logs, default .data

More commands:
  npm run listen -- --uid 1             print what user 1 receives
  npm run push -- --uid 1 --text hi     push with the demo credential
  npm run admin -- --help               apps, credentials, operators
`;
