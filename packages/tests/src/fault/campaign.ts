// One campaign: a cluster on real engines, a crowd, a steady stream of pushes, faults one after the other, and the account of it all.

import { loadConfig, systemClock } from '@message-push/runtime';
import { createState, stateFields } from '@message-push/state';
import { type Answer, backEnd, type RunningCluster, startCluster, temporaryDir } from '@message-push/testkit';
import { type Engine, type EngineHandle, engineEnv, startEngines } from '@message-push/testkit/stack';
import { seeded } from '../system/random.ts';
import { type Account, AFTER_MS, absences, account, type Happened, told } from './account.ts';
import { Crowd } from './crowd.ts';
import { type Fault, onRing, type World, wait } from './faults.ts';
import { clusterSecret, type Guest, type GuestOptions, startGuest } from './guest.ts';
import { createNacosCensor } from './nacos-censor.ts';
import { PushStream } from './push-stream.ts';

export interface CampaignOptions {
  faults: Fault[];
  sdk: number;
  legacy: number;
  /** Pushes a second. */
  rate: number;
  gateways?: number;
  nodes?: number;
  consumers?: number;
  apis?: number;
  env?: Record<string, string>;
  /** One node more, which the launcher does not know. */
  guest?: GuestOptions;
  /** Somebody stands between the processes and Nacos. */
  censored?: boolean;
}

export interface Campaign {
  account: Account;
  happened: Happened[];
  /** The account in words. */
  text: string;
  /** Time until people with the SDK were back, milliseconds, sorted; by fault that drops sockets. */
  back: number[][];
  /** Deliveries on record by status, pushes whose record does not add up, and how long after the last delivery that was so. */
  recorded: { counts: Record<string, number>; wrong: string[]; afterMs: number };
}

const ENGINES: readonly Engine[] = ['kafka', 'elasticsearch', 'nacos', 'redis', 'postgres'];
const CALM_MS = 3000;
const SEEN_MS = 60_000;
const RECORDED_MS = 60_000;

/** Runs the faults in this order; each has its own quiet time to be measured in. */
export async function campaign(options: CampaignOptions): Promise<Campaign> {
  const dir = temporaryDir();
  const random = seeded('FAULT_SEED');
  const engines: Partial<Record<Engine, EngineHandle>> = await startEngines({
    dir: `${dir.path}/stack`,
    engines: ENGINES,
  });
  const censor = options.censored ? await createNacosCensor(engines.nacos?.url ?? '') : undefined;
  const env = {
    ...engineEnv(engines),
    ...(censor && { NACOS_SERVERS: censor.address }),
    CLUSTER_SECRETS: clusterSecret(),
    ...options.env,
  };
  const state = await createState(loadConfig(stateFields, env), { dir: dir.path, clock: systemClock });
  let cluster: RunningCluster | undefined;
  let crowd: Crowd | undefined;
  let guest: Guest | undefined;
  try {
    const { gateways = 2, nodes = 3, consumers = 2, apis = 2 } = options;
    cluster = await startCluster({ dir: `${dir.path}/cluster`, env, gateways, nodes, consumers, apis });
    if (options.guest !== undefined) {
      guest = await startGuest(env, cluster, options.guest);
      const { id } = guest;
      await onRing({ state }, (ids) => ids.includes(id));
    }
    crowd = new Crowd({ cluster, random, sdk: options.sdk, legacy: options.legacy });
    const world: World = { cluster, random, crowd, engines, state, guest, censor };
    await crowd.come();
    const stream = new PushStream({ cluster, random, uids: [...crowd.byUid.keys()], rate: options.rate });
    stream.start();
    await wait(CALM_MS);
    const happened: Happened[] = [];
    try {
      for (const fault of options.faults) happened.push(await play(fault, world));
    } catch (error) {
      console.log(`so far: ${told(random.seed, happened, account(crowd, stream.accepted, happened))}`);
      await stream.stop().catch(() => undefined); // what went wrong first is told
      throw error;
    }
    await stream.stop();
    await allSeen(crowd, stream);
    const figures = account(crowd, stream.accepted, happened);
    return {
      account: figures,
      happened,
      text: told(random.seed, happened, figures),
      back: happened.filter(({ drops }) => drops).map((one) => absences(crowd as Crowd, one, 'sdk')),
      recorded: await recorded(cluster, stream),
    };
  } finally {
    crowd?.leave();
    await guest?.leave();
    await cluster?.stopAll();
    await state.close();
    await censor?.close();
    await Promise.allSettled(Object.values(engines).map((handle) => handle.stop()));
    dir.remove();
  }
}

async function play(fault: Fault, world: World): Promise<Happened> {
  const from = Date.now();
  const proof = await fault.apply(world);
  const to = Date.now();
  await wait(AFTER_MS);
  await fault.mend?.(world);
  await wait(CALM_MS);
  return { name: fault.name, from, to, proof, drops: fault.drops === true, repeats: fault.repeats === true };
}

/** Resolves when everything due was seen, or the time is over: the account says what is missing. */
async function allSeen(crowd: Crowd, { accepted }: PushStream): Promise<void> {
  const until = Date.now() + SEEN_MS;
  const missing = () => {
    const seen = new Map(crowd.people.map(({ uid, seen: sights }) => [uid, new Set(sights.map(({ id }) => id))]));
    return accepted.some(({ id, uids }) => uids.some((uid) => !seen.get(uid)?.has(id)));
  };
  while (missing() && Date.now() < until) await wait(250);
}

/** What the history says once it has caught up: for each accepted push as many deliveries as receivers, each written or acknowledged. */
async function recorded(cluster: RunningCluster, { accepted }: PushStream): Promise<Campaign['recorded']> {
  const from = Date.now();
  const until = Date.now() + RECORDED_MS;
  for (;;) {
    const found = await readHistory(cluster);
    const wrong = accepted.filter(({ id, uids }) => {
      const counts = found.get(id) ?? {};
      return (counts.written ?? 0) + (counts.acked ?? 0) !== uids.length;
    });
    if (wrong.length > 0 && Date.now() < until) {
      await wait(1000);
      continue;
    }
    const counts: Record<string, number> = {};
    for (const push of found.values())
      for (const [status, count] of Object.entries(push)) counts[status] = (counts[status] ?? 0) + count;
    const shown = wrong.map(({ id }) => `${id}: ${JSON.stringify(found.get(id))}`);
    return { counts, wrong: shown, afterMs: Date.now() - from };
  }
}

async function readHistory(cluster: RunningCluster): Promise<Map<string, Record<string, number>>> {
  const found = new Map<string, Record<string, number>>();
  let cursor = '';
  do {
    const body = await page(cluster, `/pushes?limit=200${cursor && `&cursor=${encodeURIComponent(cursor)}`}`);
    // fields of the REST answer, protocol.md §1
    for (const push of body.data ?? []) found.set(String(push.message_id), push.counts as Record<string, number>);
    ({ cursor = '' } = body);
  } while (cursor !== '');
  return found;
}

/** As a customer reads it: what is answered by a 503 is asked again. */
async function page(cluster: RunningCluster, path: string): Promise<Answer['body'] & { cursor?: string }> {
  for (const until = Date.now() + RECORDED_MS; ; await wait(1000)) {
    const { status, body } = await backEnd(cluster.run).call('GET', path);
    if (status === 200) return body;
    if (status !== 503 || Date.now() > until) throw new Error(`the history cannot be read: ${JSON.stringify(body)}`);
  }
}
