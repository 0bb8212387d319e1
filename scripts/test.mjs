// npm test [-- LANE …]: sets up, runs the lanes one after the other, and closes with `N passed, N failed, N skipped` over all.
import { fork, spawn } from 'node:child_process';
import { existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { node24, root, setup } from './setup.mjs';

const LANES = ['unit', 'property', 'conformance', 'system', 'console'];
/** Lanes with tests against real servers; those cost processor time, so they run around these lanes only. */
const WITH_ENGINES = ['conformance', 'system'];
const ci = process.env.CI === 'true';
const chromium = process.env.CHROMIUM_PATH ?? '/usr/bin/chromium';

const named = process.argv.slice(2);
const unknown = named.filter((name) => ![...LANES, 'fault'].includes(name));
if (unknown.length > 0) {
  console.error(`There is no lane ${unknown.join(', ')}. Lanes: ${LANES.join(', ')}, fault.`);
  process.exit(2);
}

try {
  await setup({ console: true });
} catch (error) {
  console.error(error.message);
  process.exit(1);
}

const total = { passed: 0, failed: 0, skipped: 0 };
const scratch = mkdtempSync(join(tmpdir(), 'message-push-test-'));
let engines;
for (const lane of named.length > 0 ? named : LANES) {
  const wanted = WITH_ENGINES.includes(lane);
  if (wanted && !engines) engines = await startEngines();
  if (!wanted && engines) engines = await engines.stop();
  const started = Date.now();
  title(lane);
  const counts = lane === 'console' ? await runConsole() : await runLane(lane, engines?.env ?? {});
  for (const key of Object.keys(total)) total[key] += counts[key];
  const seconds = Math.round((Date.now() - started) / 1000);
  console.log(
    `── ${lane}: ${counts.passed} passed, ${counts.failed} failed, ${counts.skipped} skipped in ${seconds} s`,
  );
}
await engines?.stop();
rmSync(scratch, { recursive: true, force: true });
console.log(`\n${total.passed} passed, ${total.failed} failed, ${total.skipped} skipped`);
process.exit(total.failed === 0 && total.passed > 0 ? 0 : 1);

/** Runs one vitest project; a crash of the runner counts as one failure. */
async function runLane(lane, more) {
  const report = join(scratch, `${lane}.json`);
  const vitest = join(root, 'node_modules', 'vitest', 'vitest.mjs');
  const args = [vitest, 'run', '--project', lane, '--reporter=dot', '--reporter=json', `--outputFile.json=${report}`];
  const env = { ...process.env, ...more, PATH: `${join(root, 'node_modules', '.bin')}:${process.env.PATH}` };
  const child = spawn(node24, args, { cwd: root, env, stdio: ['ignore', 'inherit', 'inherit'] });
  const code = await new Promise((resolve) => child.on('close', resolve));
  if (!existsSync(report)) return { passed: 0, failed: 1, skipped: 0 };
  const { numPassedTests, numFailedTests, numPendingTests, numTodoTests, numFailedTestSuites } = JSON.parse(
    readFileSync(report, 'utf8'),
  );
  const failed = numFailedTests > 0 ? numFailedTests : numFailedTestSuites > 0 || code !== 0 ? 1 : 0;
  return { passed: numPassedTests, failed, skipped: numPendingTests + numTodoTests };
}

/** The console in a browser. Without one the lane counts as one skipped test; in CI that is a failure. */
async function runConsole() {
  if (!existsSync(chromium)) {
    console.log(
      `There is no browser at ${chromium}, so the console is not tested. CHROMIUM_PATH names another; to install it:\n  sudo apt-get install -y chromium fonts-noto-cjk`,
    );
    return { passed: 0, failed: ci ? 1 : 0, skipped: ci ? 0 : 1 };
  }
  const report = join(scratch, 'console.json');
  const env = { ...process.env, CHROMIUM_PATH: chromium, CONSOLE_REPORT: report };
  const child = spawn(node24, [join(root, 'packages/tests/src/console/main.ts')], { cwd: root, env, stdio: 'inherit' });
  const code = await new Promise((resolve) => child.on('close', resolve));
  if (!existsSync(report)) return { passed: 0, failed: 1, skipped: 0 };
  const { expected, unexpected, flaky, skipped } = JSON.parse(readFileSync(report, 'utf8')).stats;
  return { passed: expected, failed: Math.max(unexpected + flaky, code === 0 ? 0 : 1), skipped };
}

/** The real servers that this machine can run. One that can't be started is a failure in CI; elsewhere its tests are skipped. */
async function startEngines() {
  title('engines');
  const started = Date.now();
  const program = join(root, 'packages/testkit/src/stack/lanes.ts');
  const child = fork(program, [], { execPath: node24, execArgv: [], stdio: ['ignore', 'inherit', 'inherit', 'ipc'] });
  const gone = new Promise((resolve) => child.once('exit', () => resolve({ failures: ['the engines: ended early'] })));
  const told = new Promise((resolve) => child.once('message', resolve));
  const { env = {}, running = [], missing = [], install, failures = [] } = await Promise.race([told, gone]);
  console.log(`── engines: ${running.join(', ') || 'none'} in ${Math.round((Date.now() - started) / 1000)} s`);
  for (const failure of failures) console.log(failure);
  if (missing.length > 0) {
    console.log(
      `Not installed, so the tests against them are skipped: ${missing.join(', ')}. To run them:\n  ${install}`,
    );
  }
  if (ci) total.failed += failures.length + missing.length;
  return {
    env,
    async stop() {
      if (child.connected) child.disconnect();
      await gone;
    },
  };
}

function title(name) {
  console.log(`\n── ${name} ${'─'.repeat(60 - name.length)}`);
}
