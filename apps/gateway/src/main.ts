// Runs one gateway: reads its configuration, chooses the capabilities, listens, and drains on SIGTERM.
import { randomBytes } from 'node:crypto';
import { createDatabase, databaseFields } from '@message-push/database';
import { createRegistry, registryFields } from '@message-push/registry';
import { createLog, loadConfig, Metrics, redacted, systemClock } from '@message-push/runtime';
import { createState, stateFields } from '@message-push/state';
import { buildApp } from './app.ts';
import { gatewayFields, processFields } from './config.ts';

const fields = { ...databaseFields, ...stateFields, ...registryFields, ...gatewayFields, ...processFields };
const config = loadConfig(fields, process.env);
const alone = [config.state, config.registry].includes('embedded');
if (alone || config.databaseUrl === undefined)
  throw new Error('embedded capabilities serve one process: use npm start, or choose STATE, REGISTRY and DATABASE_URL');

const log = createLog('gateway', config.logLevel);
log.info({ config: redacted(fields, config) }, 'starting');
const metrics = new Metrics();
const at = { dir: config.dataDir, clock: systemClock, log, metrics };
const [state, database] = await Promise.all([createState(config, at), createDatabase(config, at)]);
const engines = { state, database, registry: createRegistry(config) };
const incarnation = randomBytes(8).toString('hex');
const identity = { id: config.gatewayId ?? `gateway-${incarnation}`, incarnation };
const { clusterSecrets } = config;
const app = buildApp({ config, log, metrics, clock: systemClock, clusterSecrets, ...identity, ...engines });
log.info({ address: await app.listen(config) }, 'listening');
await app.start();

const stop = async () => {
  await app.stop();
  await Promise.allSettled(Object.values(engines).map((engine) => engine.close()));
};
for (const signal of ['SIGTERM', 'SIGINT'] as const) process.once(signal, () => void stop());
