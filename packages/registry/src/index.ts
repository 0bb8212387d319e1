// registry: introduces processes to each other. A hint, never a verdict: absence from a listing convicts nobody.
import { type Clock, ConfigError, type Log, type Metrics } from '@message-push/runtime';
import { nacosOptions, type RegistryConfig } from './config.ts';
import { createEmbeddedRegistry, createStaticRegistry } from './embedded.ts';

export { type RegistryConfig, registryFields } from './config.ts';
export { createEmbeddedRegistry, createStaticRegistry } from './embedded.ts';

export interface Registration {
  role: 'node' | 'gateway' | 'consumer' | 'api';
  id: string;
  /** Of this process life; '' in a static list that has not heard of it (the link's HELLO tells). */
  incarnation: string;
  /** host:port other processes reach it at. */
  address: string;
  /** Weight on the ring (nodes). */
  weight: number;
  metadata: Record<string, string>;
}

/**
 * Promises: after `register` resolved, every watcher hears of it within seconds while the registry lives. Watchers get the whole list each
 * time, never a difference; while the registry is away they hear nothing and keep what they have. Lists can be stale or partial.
 */
export interface Registry {
  register(registration: Registration): Promise<void>;
  deregister(registration: Registration): Promise<void>;
  /** Calls back at once with what is known, then with each change. Answers the function that stops it. */
  watch(role: Registration['role'], onList: (list: Registration[]) => void): () => void;
  ping(): Promise<void>;
  close(): Promise<void>;
}

export interface RegistryDeps {
  log: Log;
  metrics: Metrics;
  clock: Clock;
}

/** The registry that the configuration names. One that is away does not keep this from resolving: `ping` says so. */
export async function createRegistry(config: RegistryConfig, deps: RegistryDeps): Promise<Registry> {
  if (config.registry === 'embedded') return createEmbeddedRegistry();
  if (config.registry === 'nacos') {
    const options = nacosOptions(config);
    const { createNacosRegistry } = await import('./nacos.ts');
    return createNacosRegistry(options, deps);
  }
  if (config.registryStatic.length === 0)
    throw new ConfigError(['REGISTRY_STATIC is empty: nobody would find anybody']);
  return createStaticRegistry(config.registryStatic);
}
