// Runs one consumer: reads its configuration, chooses the capabilities, and ends what is under way on SIGTERM.
import { randomBytes } from 'node:crypto';
import { archiveFields, createArchive } from '@message-push/archive';
import { busFields, createBus } from '@message-push/bus';
import { createLog, loadConfig, Metrics, redacted, systemClock } from '@message-push/runtime';
import { createState, stateFields } from '@message-push/state';
import { buildApp } from './app.ts';
import { consumerFields, processFields } from './config.ts';

const fields = { ...processFields, ...consumerFields, ...busFields, ...stateFields, ...archiveFields };
const config = loadConfig(fields, process.env);
const alone = [config.bus, config.state, config.archive].includes('embedded');
if (alone) throw new Error('embedded capabilities serve one process: use npm start, or choose BUS, STATE and ARCHIVE');

const log = createLog('consumer', config.logLevel);
log.info({ config: redacted(fields, config) }, 'starting');
const metrics = new Metrics();
const at = { dir: config.dataDir, clock: systemClock, log, metrics };
const [bus, state, archive] = await Promise.all([
  createBus(config, at),
  createState(config, at),
  createArchive(config, at),
]);
const incarnation = randomBytes(8).toString('hex');
const id = `consumer-${incarnation}`;
const { clusterSecrets } = config;
const app = buildApp({
  config,
  log,
  metrics,
  clock: systemClock,
  id,
  incarnation,
  clusterSecrets,
  bus,
  state,
  archive,
});
const address = await app.listen(config);
await app.start();
log.info({ address }, 'serving');

const stop = async () => {
  await app.stop();
  await Promise.allSettled([bus.close(), state.close(), archive.close()]);
};
for (const signal of ['SIGTERM', 'SIGINT'] as const) process.once(signal, () => void stop());
