// The five engines of a cluster: those that the environment names, and local ones for the rest.
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { archiveFields } from '@message-push/archive';
import { busFields } from '@message-push/bus';
import { databaseFields } from '@message-push/database';
import { registryFields } from '@message-push/registry';
import { loadConfig, refuseMixture } from '@message-push/runtime';
import { stateFields } from '@message-push/state';
import { type Engine, type EngineHandle, engineEnv, startEngines } from '@message-push/testkit/stack';

type Environment = Record<string, string | undefined>;

/** The variable that chooses what stands in for each of the local engines. */
const CHOICES: Record<Engine, string[]> = {
  kafka: ['BUS'],
  redis: ['STATE'],
  nacos: ['REGISTRY'],
  elasticsearch: ['ARCHIVE'],
  postgres: ['DATABASE_URL', 'DATABASE_URL_FILE'],
};

export interface Engines {
  /** The environment with the engines in it. */
  env: Environment;
  /** Those that run on this machine for the cluster. */
  local: Engine[];
  /** Ends those that were started here; what ran before runs on. */
  stop(): Promise<void>;
}

/** Throws a ConfigError when the environment names an engine that several processes can't share. */
export async function openEngines(base: Environment, stackDir: string, say: (line: string) => void): Promise<Engines> {
  const unset = (variable: string) => (base[variable] ?? '') === '';
  // Object.keys of a Record<Engine, …>
  const local = (Object.keys(CHOICES) as Engine[]).filter((engine) => CHOICES[engine].every(unset));
  checkChosen(base, local);
  if (local.length > 0) say(`Starting ${local.join(', ')} …`);
  const before = pidsOf(stackDir);
  const handles: Partial<Record<Engine, EngineHandle>> =
    local.length > 0 ? await startEngines({ dir: stackDir, engines: local, onProgress: say }) : {};
  const env = { ...base, ...engineEnv(handles) };
  return {
    env,
    local,
    async stop() {
      const started = Object.values(handles).filter(({ pid }) => !before.has(pid));
      if (started.length > 0) say(`Stopping ${started.map(({ engine }) => engine).join(', ')} …`);
      await Promise.allSettled(started.map((handle) => handle.stop()));
    },
  };
}

/** What the environment chose must be of use to several processes. */
function checkChosen(base: Environment, local: Engine[]): void {
  const { bus, state, archive, registry } = loadConfig(
    { ...busFields, ...stateFields, ...archiveFields, ...registryFields, ...databaseFields },
    base,
  );
  const chosen = { kafka: { bus }, redis: { state }, elasticsearch: { archive }, nacos: { registry }, postgres: {} };
  const others = Object.entries(chosen).filter(([engine]) => !local.some((one) => one === engine));
  refuseMixture('many', Object.assign({}, ...others.map(([, part]) => part)));
}

/** Processes of the engines that run in this folder already. */
function pidsOf(stackDir: string): Set<number> {
  try {
    // written by the testkit's stack: engine → {process?: {pid}}
    const stack = JSON.parse(readFileSync(join(stackDir, 'stack.json'), 'utf8')) as Record<
      string,
      { process?: { pid: number } }
    >;
    return new Set(Object.values(stack).flatMap(({ process }) => process?.pid ?? []));
  } catch {
    return new Set();
  }
}
