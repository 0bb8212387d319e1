// npm test [-- LANE …]: sets up, runs the lanes one after the other, and closes with `N passed, N failed, N skipped` over all.
import { spawn } from 'node:child_process';
import { existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { node24, root, setup } from './setup.mjs';

const LANES = ['unit', 'property', 'conformance', 'system'];
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
for (const lane of named.length > 0 ? named : LANES) {
  const started = Date.now();
  console.log(`\n── ${lane} ${'─'.repeat(60 - lane.length)}`);
  const counts = await runLane(lane);
  for (const key of Object.keys(total)) total[key] += counts[key];
  const seconds = Math.round((Date.now() - started) / 1000);
  console.log(
    `── ${lane}: ${counts.passed} passed, ${counts.failed} failed, ${counts.skipped} skipped in ${seconds} s`,
  );
}
rmSync(scratch, { recursive: true, force: true });
console.log(`\n${total.passed} passed, ${total.failed} failed, ${total.skipped} skipped`);
process.exit(total.failed === 0 && total.passed > 0 ? 0 : 1);

/** Runs one vitest project; a crash of the runner counts as one failure. */
async function runLane(lane) {
  const report = join(scratch, `${lane}.json`);
  const vitest = join(root, 'node_modules', 'vitest', 'vitest.mjs');
  const args = [vitest, 'run', '--project', lane, '--reporter=dot', '--reporter=json', `--outputFile.json=${report}`];
  const env = { ...process.env, PATH: `${join(root, 'node_modules', '.bin')}:${process.env.PATH}` };
  const child = spawn(node24, args, { cwd: root, env, stdio: ['ignore', 'inherit', 'inherit'] });
  const code = await new Promise((resolve) => child.on('close', resolve));
  if (!existsSync(report)) return { passed: 0, failed: 1, skipped: 0 };
  const { numPassedTests, numFailedTests, numPendingTests, numTodoTests, numFailedTestSuites } = JSON.parse(
    readFileSync(report, 'utf8'),
  );
  const failed = numFailedTests > 0 ? numFailedTests : numFailedTestSuites > 0 || code !== 0 ? 1 : 0;
  return { passed: numPassedTests, failed, skipped: numPendingTests + numTodoTests };
}
