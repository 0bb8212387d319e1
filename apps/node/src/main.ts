// Runs one node: reads its configuration, chooses the capabilities, listens, and drains on SIGTERM.
import { randomBytes } from 'node:crypto';
import { busFields, createBus } from '@message-push/bus';
import { createRegistry, registryFields } from '@message-push/registry';
import { createLog, loadConfig, Metrics, redacted, systemClock } from '@message-push/runtime';
import { createState, stateFields } from '@message-push/state';
import { buildApp } from './app.ts';
import { nodeFields, processFields } from './config.ts';

const fields = { ...processFields, ...nodeFields, ...busFields, ...stateFields, ...registryFields };
const config = loadConfig(fields, process.env);
const alone = [config.bus, config.state, config.registry].includes('embedded');
if (alone) throw new Error('embedded capabilities serve one process: use npm start, or choose BUS, STATE and REGISTRY');

const log = createLog('node', config.logLevel);
log.info({ config: redacted(fields, config) }, 'starting');
const metrics = new Metrics();
const at = { dir: config.dataDir, clock: systemClock, metrics };
const [bus, state] = await Promise.all([createBus(config, at), createState(config, at)]);
const registry = createRegistry(config);
const incarnation = randomBytes(8).toString('hex');
const { clusterSecrets } = config;
const app = buildApp({ config, log, metrics, clock: systemClock, incarnation, clusterSecrets, bus, state, registry });
const address = await app.listen(config);
await app.start();
log.info({ address }, 'serving');

const stop = async () => {
  await app.stop();
  await Promise.allSettled([bus.close(), state.close(), registry.close()]);
};
for (const signal of ['SIGTERM', 'SIGINT'] as const) process.once(signal, () => void stop());
