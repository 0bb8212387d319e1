// Runs one of the project's TypeScript programs on the right Node.js, after the set-up: node scripts/run.mjs FILE [ARG …]
import { spawn } from 'node:child_process';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { node24, root, setup } from './setup.mjs';

/** Runs `file` (from the root) with arguments; in this process when it is the right Node.js already. Never returns to its caller. */
export async function runProgram(file, args, options = {}) {
  try {
    await setup(options);
  } catch (error) {
    process.stderr.write(`\n${error.message}\n`);
    process.exit(1);
  }
  const path = join(root, file);
  if (Number(process.versions.node.split('.')[0]) >= 24) {
    process.argv = [process.execPath, path, ...args];
    await import(pathToFileURL(path).href);
    return;
  }
  const child = spawn(node24, [path, ...args], { stdio: ['inherit', 'inherit', 'inherit', 'ipc'] });
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP']) process.on(signal, () => child.kill(signal));
  child.on('exit', (code, signal) => process.exit(signal ? 1 : (code ?? 1)));
}

if (process.argv[1]?.endsWith('run.mjs')) await runProgram(process.argv[2], process.argv.slice(3));
