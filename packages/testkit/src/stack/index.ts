// The five real servers on loopback: started in parallel, waited for, and handed out as handles that tests kill and start again.
import { chmodSync, mkdirSync, statSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { artefactsOf } from './artefacts.ts';
import { withLock } from './lock.ts';
import { requireSystemPackages } from './missing.ts';
import { freePort, portsAreFree } from './ports.ts';
import { recipes } from './recipes.ts';
import { isRunning, readStack, record } from './record.ts';
import { Server } from './server.ts';
import { type Engine, type EngineHandle, type Place, type Recipe, type Say, StackError } from './types.ts';

export { stackFields } from './config.ts';
export { installAll, type MissingPackage, missingSystemPackages } from './missing.ts';
export { freePort } from './ports.ts';
export { ENGINES, type Engine, type EngineHandle, StackError } from './types.ts';

export interface StartOptions<E extends Engine> {
  /** Folder of this stack alone: data, logs and stack.json. What runs there already is used as it is. */
  dir: string;
  engines: readonly E[];
  /** Ports that have to be these; others are the last ones used in `dir`, or free ones. */
  ports?: Partial<Record<Engine, number>>;
  /** Heap of the JVM ones. */
  heapMb?: Partial<Record<Engine, number>>;
  /** They outlive this process; else they are killed when it ends, however it ends. */
  detached?: boolean;
  onProgress?: Say;
}

/**
 * Starts engines and resolves when all serve. If one can't be started, those that this call started are stopped and it rejects
 * with a StackError that says why. The same folder gives the same data again.
 */
export async function startEngines<E extends Engine>(options: StartOptions<E>): Promise<Record<E, EngineHandle>> {
  const { engines, onProgress = () => {} } = options;
  if (process.platform !== 'linux') throw new StackError('The stack needs Linux. Elsewhere use compose.yaml.');
  requireSystemPackages(engines);
  const dir = resolve(options.dir);
  mkdirSync(dir, { recursive: true, mode: 0o711 });
  // As root, PostgreSQL runs under its own account, which has to be able to pass.
  if (statSync(dir).uid === process.getuid?.()) chmodSync(dir, 0o711);
  return withLock(dir, onProgress, () => startAll({ ...options, dir }));
}

/** The settings that make the platform use these engines. */
export function engineEnv(handles: Partial<Record<Engine, EngineHandle>>): Record<string, string> {
  const { kafka, elasticsearch, nacos, redis, postgres } = handles;
  return {
    ...(kafka && { BUS: 'kafka', KAFKA_BROKERS: kafka.url }),
    ...(redis && { STATE: 'redis', REDIS_URL: redis.url }),
    ...(nacos && { REGISTRY: 'nacos', NACOS_SERVERS: nacos.url }),
    ...(elasticsearch && {
      ARCHIVE: 'elasticsearch',
      ELASTICSEARCH_URL: elasticsearch.url,
      ELASTICSEARCH_REPLICAS: '0',
    }),
    ...(postgres && { DATABASE_URL: postgres.url }),
  };
}

/** What the conformance suites look for, by engine. */
export const TEST_VARIABLES: Record<Engine, string> = {
  kafka: 'TEST_KAFKA_BROKERS',
  elasticsearch: 'TEST_ELASTICSEARCH_URL',
  nacos: 'TEST_NACOS_SERVERS',
  redis: 'TEST_REDIS_URL',
  postgres: 'TEST_DATABASE_URL',
};

/** The variables that make the conformance suites use these engines. */
export function testEnv(handles: Partial<Record<Engine, EngineHandle>>): Record<string, string> {
  return Object.fromEntries(
    Object.values(handles).map((handle: EngineHandle) => [TEST_VARIABLES[handle.engine], handle.url]),
  );
}

async function startAll<E extends Engine>(options: StartOptions<E>): Promise<Record<E, EngineHandle>> {
  const started: EngineHandle[] = [];
  const results = await Promise.allSettled(
    options.engines.map(async (engine) => {
      const { handle, ran } = await handleOf(engine, options);
      if (!ran) {
        started.push(handle);
        await handle.start();
      }
      return [engine, handle] as const;
    }),
  );
  const errors = results.flatMap((result) => (result.status === 'rejected' ? [result.reason] : []));
  if (errors.length === 0) {
    const pairs = results.flatMap((result) => (result.status === 'fulfilled' ? [result.value] : []));
    return Object.fromEntries(pairs) as Record<E, EngineHandle>; // one pair for each engine asked for
  }
  await Promise.allSettled(started.map((handle) => handle.stop()));
  throw errors.length === 1 ? errors[0] : new StackError(errors.map(String).join('\n'));
}

async function handleOf(
  engine: Engine,
  options: StartOptions<Engine>,
): Promise<{ handle: EngineHandle; ran: boolean }> {
  const { dir, ports = {}, heapMb = {}, detached = false, onProgress: say = () => {} } = options;
  const recipe = recipes[engine];
  const known = readStack(dir)[engine];
  const ran = isRunning(known);
  const wanted = ports[engine];
  if (ran && wanted !== undefined && wanted !== known.port)
    throw new StackError(`${recipe.title} runs in ${dir} on port ${known.port}; stop it first to have it on ${wanted}`);
  const place: Place = {
    dir: known?.dir ?? recipe.folder?.(join(dir, engine)) ?? join(dir, engine),
    home: dir,
    port: ran ? known.port : await portFor(recipe, wanted, known?.port),
    artefacts: await artefactsOf(recipe, say),
    heapMb: heapMb[engine] ?? recipe.heapMb,
  };
  const running = ran ? known.process : undefined;
  const changed = (now: typeof running) =>
    record(dir, engine, {
      port: place.port,
      dir: place.dir,
      ...(now && { process: now, startedAt: new Date().toISOString() }),
    });
  return { handle: new Server({ recipe, place, running, detached, say, changed }), ran };
}

async function portFor(recipe: Recipe, wanted: number | undefined, last: number | undefined): Promise<number> {
  if (wanted !== undefined) {
    if (await portsAreFree(wanted, recipe.morePorts)) return wanted;
    const others = recipe.morePorts.map((offset) => wanted + offset);
    throw new StackError(`${recipe.title} can't have port ${[wanted, ...others].join(', ')}: in use`);
  }
  if (last !== undefined && (await portsAreFree(last, recipe.morePorts))) return last;
  return freePort(recipe.morePorts);
}
