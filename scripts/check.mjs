// npm run check: format, lint, types, direction of imports, dead code, generated documents. Prints one line per check.
import { spawnSync } from 'node:child_process';
import { join } from 'node:path';
import { node24, root, setup } from './setup.mjs';

await setup();
const bin = (name) => join(root, 'node_modules', '.bin', name);
const checks = [
  ['format and lint', bin('biome'), ['check', '.', '--error-on-warnings']],
  ['types', bin('tsc'), ['-p', '.']],
  ['types of the console', bin('tsc'), ['-p', 'apps/console']],
  ['direction of imports', bin('turbo'), ['boundaries']],
  ['dead code', bin('knip'), ['--no-progress']],
  ['generated documents', node24, ['packages/tests/src/docs.ts', '--check']],
];
const env = {
  ...process.env,
  PATH: `${join(root, 'node_modules', '.bin')}:${process.env.PATH}`,
  TURBO_TELEMETRY_DISABLED: '1',
  NO_UPDATE_NOTIFIER: '1',
};
let failed = 0;
for (const [title, command, args] of checks) {
  const started = Date.now();
  const { status, stdout, stderr } = spawnSync(command, args, { cwd: root, env, encoding: 'utf8', timeout: 300_000 });
  const seconds = ((Date.now() - started) / 1000).toFixed(1);
  console.log(`${status === 0 ? 'ok    ' : 'FAILED'} ${title} (${seconds} s)`);
  if (status !== 0) {
    failed++;
    console.log(`${stdout ?? ''}${stderr ?? ''}`);
  }
}
process.exit(failed === 0 ? 0 : 1);
