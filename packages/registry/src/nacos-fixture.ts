// For tests against a real Nacos: which one, and registries on it that share nothing with other runs.
import { randomBytes } from 'node:crypto';
import { createLog, type Log, loadConfig, Metrics, systemClock } from '@message-push/runtime';
import { createRegistry, type Registry, registryFields } from './index.ts';

// biome-ignore lint/style/noProcessEnv: which servers the lane may use is the lane's own setting
const { TEST_NACOS_SERVERS: servers, CI } = process.env;

/** host:port of the servers; '' = none, and what needs one is skipped. */
export const testServers = servers ?? '';
/** A missing server is an error there. */
export const inCi = CI === 'true';

export function testPrefix(): string {
  return `mp-test-${randomBytes(6).toString('hex')}`;
}

export interface Opened {
  registry: Registry;
  metrics: Metrics;
}

/** A registry as a process of its own would open it. */
export async function openNacos(env: Record<string, string>, log: Log = createLog('test', 'silent')): Promise<Opened> {
  const metrics = new Metrics();
  const config = loadConfig(registryFields, { REGISTRY: 'nacos', NACOS_SERVERS: testServers, ...env });
  return { registry: await createRegistry(config, { log, metrics, clock: systemClock }), metrics };
}
