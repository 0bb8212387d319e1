// Runs one api: reads its configuration, chooses the capabilities, listens, and drains on SIGTERM.
import { randomBytes } from 'node:crypto';
import { archiveFields, createArchive } from '@message-push/archive';
import { busFields, createBus } from '@message-push/bus';
import { createDatabase, databaseFields } from '@message-push/database';
import { createRegistry, registryFields } from '@message-push/registry';
import { createLog, loadConfig, Metrics, redacted, systemClock } from '@message-push/runtime';
import { createState, stateFields } from '@message-push/state';
import { buildApp } from './app.ts';
import { apiFields, processFields } from './config.ts';

const capabilities = { ...busFields, ...stateFields, ...archiveFields, ...databaseFields, ...registryFields };
const fields = { ...processFields, ...apiFields, ...capabilities };
const config = loadConfig(fields, process.env);
const alone = [config.bus, config.state, config.archive, config.registry].includes('embedded');
if (alone || config.databaseUrl === undefined)
  throw new Error('embedded capabilities serve one process: use npm start, or choose BUS, STATE, … and DATABASE_URL');

const log = createLog('api', config.logLevel);
log.info({ config: redacted(fields, config) }, 'starting');
const metrics = new Metrics();
const at = { dir: config.dataDir, clock: systemClock, log, metrics };
const [bus, state, archive, database] = await Promise.all([
  createBus(config, at),
  createState(config, at),
  createArchive(config, at),
  createDatabase(config, at),
]);
const engines = { bus, state, archive, database, registry: createRegistry(config) };
const engineKinds = { bus: config.bus, state: config.state, archive: config.archive, database: 'postgresql' };
const incarnation = randomBytes(8).toString('hex');
const identity = { id: `api-${incarnation}`, incarnation, clusterSecrets: config.clusterSecrets, engineKinds };
const app = buildApp({ config, log, metrics, clock: systemClock, random: randomBytes, ...identity, ...engines });
const stop = async () => {
  await app.stop();
  await Promise.allSettled(Object.values(engines).map((engine) => engine.close()));
};
for (const signal of ['SIGTERM', 'SIGINT'] as const) process.once(signal, () => void stop());
log.info({ address: await app.listen(config) }, 'listening');
await app.start();
