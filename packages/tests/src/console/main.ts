// Starts the platform with its console, signs one operator of each role in, and runs the browser tests against it.
import { spawn } from 'node:child_process';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { startPlatform } from '@message-push/testkit';
import { makeOperators } from './operators.ts';
import { poison } from './poison.ts';

const here = dirname(fileURLToPath(import.meta.url));
const scratch = mkdtempSync(join(tmpdir(), 'message-push-console-'));
// Traces of what failed; a run without a failure leaves nothing.
const results = join(scratch, 'results');
mkdirSync(join(scratch, 'data'));
await poison(join(scratch, 'data'));
const platform = await startPlatform({ dataDir: join(scratch, 'data'), args: [] });
let code = 1;
try {
  const url = platform.run.console;
  if (url === null) throw new Error('the platform runs without its console');
  writeFileSync(join(scratch, 'operators.json'), JSON.stringify(await makeOperators(platform.run)), { mode: 0o600 });
  const cli = join(dirname(createRequire(import.meta.url).resolve('@playwright/test/package.json')), 'cli.js');
  const args = [cli, 'test', '--config', join(here, 'playwright.config.ts'), ...process.argv.slice(2)];
  const child = spawn(process.execPath, args, {
    env: {
      ...process.env,
      CONSOLE_URL: url,
      CONSOLE_OPERATORS: join(scratch, 'operators.json'),
      CONSOLE_RUN: join(scratch, 'data', 'run.json'),
      CONSOLE_RESULTS: results,
    },
    stdio: 'inherit',
  });
  process.on('SIGINT', () => {}); // reaches the child too, and its end ends this
  code = await new Promise<number>((resolve) => child.on('close', (status) => resolve(status ?? 1)));
} finally {
  await platform.stop();
  if (code === 0) rmSync(scratch, { recursive: true, force: true, maxRetries: 3 });
  else console.log(`What the browser saw is in ${results}`);
}
process.exit(code);
