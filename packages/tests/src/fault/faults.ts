// What is done to a cluster while messages flow. Each fault proves that it happened, and leaves the cluster as large as it was.
import { cpSync, readdirSync, readFileSync, renameSync, rmSync, statSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { buildRing, ownersOf } from '@message-push/ring';
import { md5 } from '@message-push/ring/md5';
import type { State } from '@message-push/state';
import type { ProcessInfo, Role, RunningCluster } from '@message-push/testkit';
import type { EngineHandle } from '@message-push/testkit/stack';
import type { Random } from '../system/random.ts';
import type { Crowd } from './crowd.ts';
import type { Guest } from './guest.ts';
import type { NacosCensor } from './nacos-censor.ts';

export interface World {
  cluster: RunningCluster;
  random: Random;
  crowd: Pick<Crowd, 'people' | 'sleep' | 'wake'>;
  state: Pick<State, 'ring' | 'announced'>;
  /** A node that the cluster's launcher does not know. */
  guest?: Guest | undefined;
  /** Between the processes and Nacos. */
  censor?: NacosCensor | undefined;
  engines: Partial<Record<string, EngineHandle>>;
}

export interface Fault {
  name: string;
  /** Clients lose their sockets by it. */
  drops?: boolean;
  /** Clients of the original may see the last seconds twice by it. */
  repeats?: boolean;
  /** Does it; the fault lasts until this has resolved. Answers what shows that it happened. */
  apply(world: World): Promise<string>;
  /** Makes the cluster whole again, after its deliveries were measured. */
  mend?(world: World): Promise<void>;
}

/** The ring as it is published. */
export type RingNow = Awaited<ReturnType<State['ring']['read']>>;

const RING_MS = 20_000;
/** People who are away while state is set back. */
const SLEEPERS = 100;

/** kill -9 of one process of a role. */
export function killed(role: Role): Fault {
  return {
    name: `${role} killed -9`,
    ...(role === 'gateway' && { drops: true }),
    async apply(world) {
      const victim = await oneOf(world, role);
      await world.cluster.kill(victim.id);
      return gone(world, victim, 'SIGKILL');
    },
    mend: async ({ cluster }) => {
      await cluster.add(role);
    },
  };
}

/** SIGTERM: it leaves by itself. */
export function stopped(role: Role): Fault {
  return {
    name: `${role} stopped (SIGTERM)`,
    ...(role === 'gateway' && { drops: true }),
    async apply(world) {
      const victim = await oneOf(world, role);
      await world.cluster.stop(victim.id);
      return `${victim.id} (pid ${victim.pid}) is gone: ${!isAlive(victim.pid)}`;
    },
    mend: async ({ cluster }) => {
      await cluster.add(role);
    },
  };
}

/** SIGSTOP for a while: connections stay open, nothing is answered; then it wakes up and believes that no time has passed. */
export function frozen(role: Role, ms: number): Fault {
  return {
    name: `${role} frozen for ${ms / 1000} s`,
    // A frozen gateway's clients notice nothing, unless they wait longer than their own patience.
    async apply(world) {
      const victim = await oneOf(world, role);
      await world.cluster.pause(victim.id);
      await wait(ms);
      const state = /^State:\s+(\S)/m.exec(readFileSync(`/proc/${victim.pid}/status`, 'utf8'))?.[1];
      await world.cluster.resume(victim.id);
      if (state !== 'T') throw new Error(`${victim.id} was not stopped: ${state}`);
      return `${victim.id} was stopped (state ${state})`;
    },
  };
}

export const joined: Fault = {
  name: 'node joined',
  async apply(world) {
    const { id } = await world.cluster.add('node');
    await onRing(world, (ids) => ids.includes(id));
    return `${id} is on the ring`;
  },
};

export const drained: Fault = {
  name: 'node drained',
  async apply(world) {
    const victim = await oneOf(world, 'node');
    await world.cluster.drain(victim.id);
    await onRing(world, (ids) => !ids.includes(victim.id));
    return `${victim.id} is off the ring, gone: ${!isAlive(victim.pid)}`;
  },
};

/** An engine killed -9 and started again on its data. */
export function engineKilled(engine: string, awayMs: number): Fault {
  return {
    name: `${engine} killed -9, ${awayMs / 1000} s away`,
    async apply({ engines }) {
      const handle = engineOf(engines, engine);
      const { pid } = handle;
      await handle.kill();
      if (pid === 0 || isAlive(pid)) throw new Error(`${engine} lives`);
      await wait(awayMs);
      await handle.start();
      return `pid ${pid} became ${handle.pid}`;
    },
  };
}

/**
 * Nacos is killed -9, comes back, and names one of the nodes for so long, which is longer than anybody keeps those that are missing
 * after trouble. Throws when the ring changes by it.
 */
export function nodesUnlisted(awayMs: number, ms: number): Fault {
  return {
    name: `nacos back, with one node listed for ${ms / 1000} s`,
    async apply({ engines, censor, state }) {
      if (censor === undefined) throw new Error('this campaign has nobody between the processes and Nacos');
      const before = await state.ring.read();
      const nacos = engineOf(engines, 'nacos');
      await nacos.kill();
      const { shortened } = censor;
      censor.only = before.nodes[0]?.id;
      await wait(awayMs);
      await nacos.start();
      await wait(ms);
      const after = await state.ring.read();
      if (after.version !== before.version) throw new Error(`a list of Nacos changed the ring: ${after.cause}`);
      if (censor.shortened === shortened) throw new Error('no list was shortened');
      return `${censor.shortened - shortened} lists named ${censor.only} alone, ring version ${before.version} with ${before.nodes.length} nodes stayed`;
    },
    mend: async ({ censor }) => {
      if (censor !== undefined) censor.only = undefined;
    },
  };
}

/**
 * Redis loses its last seconds, as a fail-over can: it is killed -9 and started on its append-only file as it was `ms` before. A kill
 * alone loses nothing, since Redis has written before it answers.
 */
export function stateSetBack(ms: number): Fault {
  return {
    name: `redis set back by ${ms / 1000} s`,
    repeats: true,
    async apply({ engines, crowd }) {
      // Who is online has it already: what was forgotten is missed by those who are away.
      crowd.sleep(SLEEPERS);
      const handle = engineOf(engines, 'redis');
      const data = join(dirname(handle.log), 'data');
      const kept = join(dirname(handle.log), 'kept');
      cpSync(data, kept, { recursive: true });
      const before = sizeOf(kept);
      await wait(ms);
      await handle.kill();
      const after = sizeOf(data);
      rmSync(data, { recursive: true });
      renameSync(kept, data);
      await handle.start();
      crowd.wake();
      if (after <= before) throw new Error('nothing was written that could be lost');
      return `${after - before} bytes of its file were taken away`;
    },
  };
}

/** Bytes of all files below a folder. */
function sizeOf(folder: string): number {
  return readdirSync(folder, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .reduce((sum, { parentPath, name }) => sum + statSync(join(parentPath, name)).size, 0);
}

/** An engine that answers nothing for a while. */
export function engineFrozen(engine: string, ms: number): Fault {
  return {
    name: `${engine} frozen for ${ms / 1000} s`,
    async apply({ engines }) {
      const handle = engineOf(engines, engine);
      handle.pause();
      await wait(ms);
      handle.resume();
      return `pid ${handle.pid} was stopped`;
    },
  };
}

function engineOf(engines: World['engines'], engine: string): EngineHandle {
  const handle = engines[engine];
  if (handle === undefined) throw new Error(`this campaign has no ${engine} of its own`);
  return handle;
}

async function oneOf({ cluster, random }: World, role: Role): Promise<ProcessInfo> {
  const living = (await cluster.processes()).filter((one) => one.role === role && one.state === 'serving');
  if (living.length < 2) throw new Error(`${living.length} ${role}s serve: one more is needed`);
  return random.pick(living);
}

async function gone({ cluster }: World, { id, pid }: ProcessInfo, how: string): Promise<string> {
  const now = (await cluster.processes()).find((one) => one.id === id);
  if (now?.state !== 'dead' || now.ended !== how || isAlive(pid)) throw new Error(`${id} did not die of ${how}`);
  return `${id} (pid ${pid}) died of ${how}`;
}

/** Who owns whom by the ring's arithmetic. */
export function ownersBy({ nodes }: RingNow): (uid: string) => string | undefined {
  return buildRing(ownersOf(nodes), md5).owner;
}

/** Resolves when the stored ring is as wanted. */
export async function onRing({ state }: Pick<World, 'state'>, isWanted: (ids: string[]) => boolean): Promise<void> {
  const until = Date.now() + RING_MS;
  for (;;) {
    const ids = (await state.ring.read()).nodes.map(({ id }) => id);
    if (isWanted(ids)) return;
    if (Date.now() > until) throw new Error(`the ring is not as wanted: ${ids.join(', ')}`);
    await wait(50);
  }
}

export function wait(ms: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, ms));
}

/** One that has died and waits to be reaped does not live. */
function isAlive(pid: number): boolean {
  try {
    return !/^State:\s+Z/m.test(readFileSync(`/proc/${pid}/status`, 'utf8'));
  } catch {
    return false;
  }
}
