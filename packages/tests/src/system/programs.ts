// The small programs beside `npm start` (admin, push, listen), run as a person at a terminal runs them.
import { type ChildProcess, spawn } from 'node:child_process';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

const standalone = join(
  dirname(dirname(dirname(dirname(dirname(fileURLToPath(import.meta.url)))))),
  'apps/standalone/src',
);

/** How a program ended and what it said. */
export interface Ended {
  code: number | null;
  out: string;
  err: string;
}

/** A program that runs. */
export interface Program {
  readonly child: ChildProcess;
  /** What it has written to standard output so far. */
  out(): string;
  readonly ended: Promise<Ended>;
}

/** Starts a program on the platform of `dataDir`. */
export function start(name: 'admin' | 'push' | 'listen', dataDir: string, args: string[]): Program {
  const child = spawn(process.execPath, [join(standalone, `${name}.ts`), ...args], {
    env: { ...process.env, DATA_DIR: dataDir, NODE_ENV: '' },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  const said = { out: '', err: '' };
  child.stdout.on('data', (text) => {
    said.out += text;
  });
  child.stderr.on('data', (text) => {
    said.err += text;
  });
  const ended = new Promise<Ended>((resolve) => child.on('close', (code) => resolve({ code, ...said })));
  return { child, out: () => said.out, ended };
}

/** Runs an admin command and answers what it prints with --json; throws with its words when it fails. */
export async function admin(dataDir: string, ...args: string[]): Promise<Record<string, unknown>> {
  const { code, out, err } = await start('admin', dataDir, [...args, '--json']).ended;
  if (code !== 0) throw new Error(`admin ${args.join(' ')} ended with ${code}: ${err}`);
  return JSON.parse(out);
}

/** A credential as `admin credential issue` answers it. */
export interface Issued {
  id: string;
  app_id: string;
  app_secret: string;
}

/** Issues a credential of `app` through the command line. */
export async function issue(dataDir: string, app: string, ...more: string[]): Promise<Issued> {
  const { credential, secret } = await admin(dataDir, 'credential', 'issue', app, ...more);
  if (typeof credential !== 'object' || credential === null || !('id' in credential) || typeof secret !== 'string')
    throw new Error('admin credential issue answered something else');
  return { id: String(credential.id), app_id: app, app_secret: secret };
}
