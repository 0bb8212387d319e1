// The engines of one `npm test`: started in a temporary folder for the program that forked this one, ended and deleted with it.
import { chmodSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type Engine, startEngines, TEST_VARIABLES, testEnv } from './index.ts';
import { installAll, missingSystemPackages } from './missing.ts';
import { deleteData, stopEngines } from './running.ts';
import { ENGINES } from './types.ts';

/** What the parent is told once, when all are up or have failed. */
interface Ready {
  env: Record<string, string>;
  running: Engine[];
  /** Engines whose system packages are not installed. */
  missing: Engine[];
  /** The one command that installs them. */
  install: string;
  /** Why an engine that could run did not start. */
  failures: string[];
}

const base = mkdtempSync(join(tmpdir(), 'message-push-stack-'));
chmodSync(base, 0o711); // the account of PostgreSQL has to be able to pass
const dirOf = (engine: Engine) => join(base, engine);
const say = (line: string) => process.stdout.write(`  ${line}\n`);

// A Ctrl-C reaches the parent too; its end is what ends this.
process.on('SIGINT', () => {});
process.on('SIGTERM', () => {});
const abandoned = new Promise<void>((resolve) => process.once('disconnect', resolve));

/** Each in a folder of its own: one that fails leaves the others alone. */
async function start(): Promise<Ready> {
  const wanted = ENGINES.filter((engine) => !process.env[TEST_VARIABLES[engine]]);
  const lacking = missingSystemPackages(wanted);
  const possible = wanted.filter((engine) => !lacking.some((missing) => missing.engine === engine));
  const results = await Promise.allSettled(
    possible.map((engine) => startEngines({ dir: dirOf(engine), engines: [engine], onProgress: say })),
  );
  const ready: Ready = {
    env: {},
    running: [],
    missing: lacking.map(({ engine }) => engine),
    install: installAll(lacking),
    failures: [],
  };
  for (const result of results) {
    if (result.status === 'fulfilled') {
      Object.assign(ready.env, testEnv(result.value));
      ready.running.push(...Object.values(result.value).map(({ engine }) => engine));
    } else ready.failures.push(result.reason instanceof Error ? result.reason.message : String(result.reason));
  }
  return ready;
}

async function end(): Promise<void> {
  await Promise.allSettled(ENGINES.map((engine) => stopEngines(dirOf(engine), [engine], say)));
  for (const engine of ENGINES) deleteData(dirOf(engine), [engine]);
  rmSync(base, { recursive: true, force: true, maxRetries: 3 });
}

const ready = await Promise.race([start(), abandoned]);
if (ready) process.send?.(ready);
await abandoned;
await end();
process.exit(0);
