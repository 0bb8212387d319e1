// Many changes of the ring of a running cluster, one after the other: who moves, and how soon each process goes by the new ring.

import { versionDiff } from '@message-push/ring';
import { md5 } from '@message-push/ring/md5';
import { loadConfig, systemClock } from '@message-push/runtime';
import { createState, type State, stateFields } from '@message-push/state';
import { type RunningCluster, startCluster, temporaryDir } from '@message-push/testkit';
import { ENGINES, type Engine, type EngineHandle, engineEnv, startEngines } from '@message-push/testkit/stack';
import { metric } from '../system/metrics.ts';
import { seeded } from '../system/random.ts';
import { type Account, account } from './account.ts';
import { Crowd } from './crowd.ts';
import { ownersBy, type RingNow, wait } from './faults.ts';
import { clusterSecret } from './guest.ts';
import { PushStream } from './push-stream.ts';
import { drains, joins, leaves, type RingChange, returns, weighs } from './ring-change.ts';
import { type SeenFigures, seenBy } from './ring-seen.ts';

export interface RingChangesOptions {
  /** Versions of the ring to be made. */
  versions: number;
  sdk: number;
  legacy: number;
  /** Pushes a second. */
  rate: number;
}

export interface Step {
  cause: string;
  /** How many have another owner by it. */
  due: number;
  /** How many of those had one that went: their sessions are placed anew, which gateways do not count as moves. */
  orphaned: number;
}

/** One change, and what it moved. */
export interface Moved {
  name: string;
  /** Uids whose owner is another by the ring's arithmetic, and those whose session is elsewhere than before. */
  due: string[];
  moved: string[];
  /** Moves that the gateways have counted. */
  counted: number;
  /** Each version of it; a node that was convicted meanwhile, on a machine that stood still, made two more. */
  versions: Step[];
  /** Share of all hashes that changed hands, and how many people there are. */
  share: number;
  people: number;
}

export interface RingChanges {
  seed: number;
  versions: number;
  moves: Moved[];
  /** By role. */
  seen: SeenFigures[];
  account: Account;
}

const SETTLED_MS = 30_000;
const LOOK_MS = 100;
const CALM_MS = 2000;
/** Nodes that stay on the ring at least. */
const NODES_MIN = 2;
const NODES_MAX = 5;

/** Makes changes until the ring has gone through so many versions. */
export async function ringChanges(options: RingChangesOptions): Promise<RingChanges> {
  const dir = temporaryDir();
  const random = seeded('FAULT_SEED');
  const engines: Partial<Record<Engine, EngineHandle>> = await startEngines({
    dir: `${dir.path}/stack`,
    engines: ENGINES,
  });
  const secret = clusterSecret();
  const env = { ...engineEnv(engines), CLUSTER_SECRETS: secret };
  const state = await createState(loadConfig(stateFields, env), { dir: dir.path, clock: systemClock });
  let cluster: RunningCluster | undefined;
  let crowd: Crowd | undefined;
  try {
    cluster = await startCluster({ dir: `${dir.path}/cluster`, env, gateways: 2, nodes: 3, consumers: 2, apis: 2 });
    crowd = new Crowd({ cluster, random, sdk: options.sdk, legacy: options.legacy });
    await crowd.come();
    const stream = new PushStream({ cluster, random, uids: [...crowd.byUid.keys()], rate: options.rate });
    stream.start();
    await wait(CALM_MS);
    const place = { cluster, state, app: cluster.run.demo.app_id, uids: [...crowd.byUid.keys()] };
    const tools = { cluster, secret, nacos: engines.nacos?.url ?? '', random };
    const first = (await settled(place)).ring.version;
    const moves: Moved[] = [];
    for (let version = first; version - first < options.versions; ) {
      const before = await settled(place);
      const change = random.pick(random.pick(possible(before.ring)));
      moves.push(await play(change, tools, place, before));
      ({ version } = await state.ring.read());
    }
    const { version } = await state.ring.read();
    await stream.stop();
    await wait(CALM_MS);
    const seen = await seenBy(await cluster.processes());
    return { seed: random.seed, versions: version - first, moves, seen, account: account(crowd, stream.accepted, []) };
  } finally {
    crowd?.leave();
    await cluster?.stopAll();
    await state.close();
    await Promise.allSettled(Object.values(engines).map((handle) => handle.stop()));
    dir.remove();
  }
}

/** What can be done to this ring, by kind: each kind is as frequent as the others. */
function possible({ nodes }: RingNow): RingChange[][] {
  const up = nodes.filter(({ state }) => state === 'up');
  const draining = nodes.filter(({ state }) => state === 'draining');
  const spare = up.length > NODES_MIN ? up : [];
  const kinds = [up.flatMap(weighs), spare.map(drains), draining.map(returns), spare.map(leaves)];
  return [...kinds, nodes.length < NODES_MAX ? [joins] : []].filter((changes) => changes.length > 0);
}

interface Place {
  cluster: RunningCluster;
  state: State;
  app: string;
  uids: string[];
}

/** Where everybody is, once all are where the ring wants them. */
interface Settled {
  ring: RingNow;
  at: Map<string, string>;
  counted: number;
}

async function play(
  change: RingChange,
  tools: Parameters<RingChange['make']>[0],
  place: Place,
  before: Settled,
): Promise<Moved> {
  await change.make(tools);
  const until = Date.now() + SETTLED_MS;
  while (!change.isDone((await place.state.ring.read()).nodes, before.ring.nodes)) {
    if (Date.now() > until) throw new Error(`the ring did not follow: ${change.name}`);
    await wait(LOOK_MS);
  }
  const after = await settled(place);
  const [was, is] = [before, after].map(({ ring }) => ownersBy(ring));
  return {
    name: change.name,
    due: place.uids.filter((uid) => was?.(uid) !== is?.(uid)),
    moved: place.uids.filter((uid) => before.at.get(uid) !== after.at.get(uid)),
    counted: after.counted - before.counted,
    versions: await stepsOf(place, before.ring, after.ring),
    share: versionDiff(before.ring.nodes, after.ring.nodes, md5).moved,
    people: place.uids.length,
  };
}

async function stepsOf({ state, uids }: Place, before: RingNow, after: RingNow): Promise<Step[]> {
  const documents = await state.ring.history(after.version - before.version);
  let was = ownersBy(before);
  return documents.reverse().map((document) => {
    const is = ownersBy(document);
    const due = uids.filter((uid) => was(uid) !== is(uid));
    const orphaned = due.filter((uid) => document.nodes.every(({ id }) => id !== was(uid)));
    was = is;
    return { cause: document.cause, due: due.length, orphaned: orphaned.length };
  });
}

/** Resolves when each person is recorded at one node, the one that the ring names, and the ring did not change meanwhile. */
async function settled({ cluster, state, app, uids }: Place): Promise<Settled> {
  const until = Date.now() + SETTLED_MS;
  for (;;) {
    const ring = await state.ring.read();
    const owner = ownersBy(ring);
    const binds = await state.inboxes.binds(uids.map((uid) => ({ app, uid })));
    const stray = uids.filter((uid, i) => binds[i]?.length !== 1 || binds[i]?.[0]?.node !== owner(uid));
    if (stray.length === 0 && (await state.ring.read()).version === ring.version) {
      const at = new Map(uids.map((uid, i) => [uid, binds[i]?.[0]?.node ?? '']));
      return { ring, at, counted: await movesOf(cluster) };
    }
    if (Date.now() > until) throw new Error(`not where the ring wants them: ${stray.slice(0, 5).join(', ')}, …`);
    await wait(LOOK_MS);
  }
}

async function movesOf(cluster: RunningCluster): Promise<number> {
  const gateways = (await cluster.processes()).filter(({ role, state }) => role === 'gateway' && state === 'serving');
  const counts = gateways.map(({ address }) => metric(`http://${address}`, 'mp_gateway_moves_total'));
  return (await Promise.all(counts)).reduce((sum, count) => sum + count, 0);
}
