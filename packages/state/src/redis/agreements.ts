// What the processes agree on, on Redis: the ring, leases, announcements, revocations and the log. All of it shares one hash tag.
import { EMPTY_RING, type RingDocument } from '@message-push/protocol';
import type { Clock } from '@message-push/runtime';
import type { NumberedRevocation, RingStore, State } from '../index.ts';
import { isShorter } from '../log-view.ts';
import { allOf, numberOf, textOf, textsOf } from './replies.ts';
import type { RedisStore } from './store.ts';

/** Most revocations answered at once. */
const REVOCATIONS_MAX = 10_000;
const TAG = 'shared';

export function ringOf(store: RedisStore, { historyMax }: { historyMax: number }): RingStore {
  const keys = [store.key('v', TAG), store.key('ring', TAG)];
  const history = async (limit: number): Promise<RingDocument[]> => {
    const list = await store.command(TAG, ['LRANGE', store.key('ring', TAG), '0', String(limit - 1)]);
    return textsOf(list).map((text) => JSON.parse(text));
  };
  return {
    read: async () => (await history(1))[0] ?? EMPTY_RING,
    write: async (document, expected) => {
      const { version, epoch } = document;
      const args = [JSON.stringify(document), String(version), String(epoch), String(expected), String(historyMax)];
      return numberOf(await store.run(store.scripts.writeRing, TAG, keys, args)) === 1;
    },
    history: async (limit) => (limit <= 0 ? [] : history(limit)),
  };
}

type Agreements =
  | 'ping'
  | 'versions'
  | 'revoke'
  | 'revocations'
  | 'lease'
  | 'release'
  | 'announce'
  | 'announced'
  | 'logSeen'
  | 'openLog'
  | 'sawOffsets';

export function agreementsOf(
  store: RedisStore,
  { clock, keepMs, sessionsKeepMs }: { clock: Clock; keepMs: number; sessionsKeepMs: number },
): Pick<State, Agreements> {
  const counters = store.key('v', TAG);
  const kept = { list: store.key('revocations', TAG), keepMs };
  // Apart: what is kept for a shorter time would not leave from between the others.
  const brief = { list: store.key('revocations', TAG, 'sessions'), keepMs: sessionsKeepMs };
  const read = async ({ list, keepMs }: typeof kept, after: number): Promise<NumberedRevocation[]> => {
    const command = ['ZRANGEBYSCORE', list, `(${after}`, '+inf', 'LIMIT', '0', String(REVOCATIONS_MAX)];
    const rows = textsOf(await store.command(TAG, command)).map(revocationOf);
    return rows.filter(({ at }) => at > clock.now() - keepMs);
  };
  return {
    ping: async () => {
      await allOf(store.routes.masters().map((lane) => lane.call(['PING'])));
    },
    versions: async () => {
      const [ring, revocations] = textsOf(await store.command(TAG, ['HMGET', counters, 'ring', 'revocations']));
      return { ring: Number(ring), revocations: Number(revocations) };
    },
    revoke: async (revocation) => {
      const { list, keepMs } = revocation.kind === 'sessions' ? brief : kept;
      const args = [String(clock.now()), JSON.stringify(revocation), String(keepMs)];
      return numberOf(await store.run(store.scripts.revoke, TAG, [counters, list], args));
    },
    revocations: async (after) => {
      const [some, others] = await Promise.all([read(kept, after), read(brief, after)]);
      return others.length === 0 ? some : [...some, ...others].sort((a, b) => a.n - b.n).slice(0, REVOCATIONS_MAX);
    },
    ...leasesOf(store, clock),
    ...logOf(store),
  };
}

/**
 * Time is the caller's, as everywhere in state: clocks that differ make a lease that much shorter or longer. Two who both believe
 * to hold it do no harm, since what the holder writes is fenced by its epoch.
 */
function leasesOf(store: RedisStore, clock: Clock): Pick<State, 'lease' | 'release' | 'announce' | 'announced'> {
  const { scripts } = store;
  const announcedKeys = (kind: string) => [store.key('at', TAG, kind), store.key('data', TAG, kind)];
  return {
    lease: async (name, holder, ttlMs) => {
      const now = clock.now();
      const args = [holder, String(now), String(now + ttlMs)];
      const [present, epoch] = listOf(await store.run(scripts.lease, TAG, [store.key('lease', TAG, name)], args));
      return { held: present === holder, holder: textOf(present), epoch: numberOf(epoch) };
    },
    release: async (name, holder) => {
      await store.run(scripts.release, TAG, [store.key('lease', TAG, name)], [holder]);
    },
    announce: async (kind, id, ttlMs, data) => {
      const now = clock.now();
      await store.run(scripts.announce, TAG, announcedKeys(kind), [id, data, String(now), String(now + ttlMs)]);
    },
    announced: async (kind) => {
      const reply = textsOf(await store.run(scripts.announced, TAG, announcedKeys(kind), [String(clock.now())]));
      const living: { id: string; data: string }[] = [];
      for (let i = 0; i < reply.length; i += 2) living.push({ id: reply[i] ?? '', data: reply[i + 1] ?? '' });
      return living.sort((a, b) => (a.id < b.id ? -1 : 1));
    },
  };
}

function logOf(store: RedisStore): Pick<State, 'logSeen' | 'openLog' | 'sawOffsets'> {
  const { scripts } = store;
  const keys = [store.key('log', TAG), store.key('seen', TAG)];
  return {
    logSeen: async () => {
      const [generation, ...pairs] = textsOf(await store.run(scripts.logSeen, TAG, keys, []));
      if (generation === undefined) return undefined;
      const offsets: Record<number, number> = {};
      for (let i = 0; i < pairs.length; i += 2) offsets[Number(pairs[i])] = Number(pairs[i + 1]);
      return { generation: Number(generation), offsets };
    },
    openLog: async ({ bus_id, topic, partitions, ends, before }) => {
      const known =
        before === undefined ? ['', '0'] : [String(before.generation), isShorter(ends, before.offsets) ? '1' : '0'];
      const args = [bus_id, topic, String(partitions), ...known];
      const [presentId, presentTopic, generation, count] = listOf(await store.run(scripts.openLog, TAG, keys, args));
      return {
        bus_id: textOf(presentId),
        topic: textOf(presentTopic),
        generation: numberOf(generation),
        partitions: numberOf(count),
      };
    },
    sawOffsets: async (generation, offsets) => {
      const pairs = Object.entries(offsets).flatMap(([partition, offset]) => [partition, String(offset)]);
      await store.run(scripts.sawOffsets, TAG, keys, [String(generation), ...pairs]);
    },
  };
}

function revocationOf(member: string): NumberedRevocation {
  const [, n, at, json = ''] = /^(\d+):(\d+):(.*)$/s.exec(member) ?? [];
  return { n: Number(n), at: Number(at), revocation: JSON.parse(json) };
}

function listOf(reply: unknown): unknown[] {
  return Array.isArray(reply) ? reply : [];
}
