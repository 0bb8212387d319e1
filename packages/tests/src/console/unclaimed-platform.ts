// A platform that nobody has claimed, as a process: an api on embedded engines without an operator, and the console before it.
import { fork } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type ApiDeps, apiFields, buildApp } from '@message-push/api';
import { archiveFields, createArchive } from '@message-push/archive';
import { busFields, createBus } from '@message-push/bus';
import { createDatabase, databaseFields } from '@message-push/database';
import { createEmbeddedRegistry } from '@message-push/registry';
import { createLog, loadConfig, Metrics, systemClock } from '@message-push/runtime';
import { createState, stateFields } from '@message-push/state';
import { root } from '@message-push/testkit';

const dir = mkdtempSync(join(tmpdir(), 'message-push-unclaimed-'));
const logFile = join(dir, 'log');
const log = createLog('api', 'info', logFile);
const at = { dir, clock: systemClock };
const [bus, state, archive, database] = await Promise.all([
  createBus(loadConfig(busFields, {}), at),
  createState(loadConfig(stateFields, {}), at),
  createArchive(loadConfig(archiveFields, {}), at),
  createDatabase(loadConfig(databaseFields, { PEPPER: randomBytes(32).toString('hex') }), { ...at, log }),
]);
const deps: ApiDeps = {
  config: loadConfig({ ...apiFields, ...stateFields }, { API_TRUSTED_PROXIES: '127.0.0.1' }),
  log,
  metrics: new Metrics(),
  clock: systemClock,
  random: (size) => randomBytes(size),
  id: 'api-1',
  incarnation: randomBytes(8).toString('hex'),
  clusterSecrets: [randomBytes(32).toString('hex')],
  ...{ bus, state, archive, database, registry: createEmbeddedRegistry() },
};
const api = buildApp(deps);
const address = await api.listen({ host: '127.0.0.1', port: 0 });
await api.start();
const web = fork(join(root, 'apps/console/src/main.ts'), {
  env: { ...process.env, API_URL: `http://${address}`, HOST: '127.0.0.1', PORT: '0', NODE_ENV: 'production' },
  stdio: ['ignore', 'ignore', 'inherit', 'ipc'],
});
web.once('message', (message) => {
  // Written by the console's main.ts.
  const { listening } = message as { listening: string };
  const [, code] = /"set_up":"([0-9a-f-]+)"/.exec(readFileSync(logFile, 'utf8')) ?? [];
  process.send?.({ console: `http://${listening}`, code });
});
process.once('disconnect', () => void stop());

async function stop(): Promise<void> {
  web.kill();
  await api.stop();
  await Promise.allSettled([bus.close(), state.close(), archive.close(), database.close()]);
  rmSync(dir, { recursive: true, force: true, maxRetries: 3 });
  process.exit(0);
}
