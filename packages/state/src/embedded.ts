// The embedded state: everything in one file of this machine, for the applications of this process. Nothing answered is lost.
import { join } from 'node:path';
import { INBOX_LIMITS, type InboxLimits } from '@message-push/delivery';
import { ApiError, type MessageBody } from '@message-push/protocol';
import { type Clock, counter, type Metrics } from '@message-push/runtime';
import { openStore, type Store } from '@message-push/runtime/sqlite';
import { Budgets } from './budgets.ts';
import { STATE_LIMITS } from './config.ts';
import type { AppendCall } from './inbox-calls.ts';
import type { EntryRow } from './inbox-rows.ts';
import type { Inboxes, RingStore, State, StoredEntry } from './index.ts';

export interface EmbeddedStateOptions {
  /** Directory of the database; made when missing. */
  dir: string;
  clock: Clock;
  inboxLimits?: Partial<InboxLimits>;
  limits?: Partial<typeof STATE_LIMITS>;
  metrics?: Metrics;
}

type Rows = Store<typeof import('./embedded-store.ts')>;

/** A bounded pass over what may have expired is made at most this often, beside the calls of that moment. */
const SWEEP_EVERY_MS = 1000;

/** Opens the database of a directory, or makes it. One process at a time. */
export async function createEmbeddedState(options: EmbeddedStateOptions): Promise<State> {
  const { dir, clock, inboxLimits, limits, metrics } = options;
  const store: Rows = await openStore({
    file: join(dir, 'state.db'),
    module: new URL('./embedded-store.ts', import.meta.url),
    options: { limits: { ...INBOX_LIMITS, ...inboxLimits }, ...STATE_LIMITS, ...limits },
    error: (cause) => new ApiError('STATE_UNAVAILABLE', { cause }),
    asJson: true,
  });
  const now = sweeping(store, clock);
  return {
    inboxes: inboxesOf(store, now, metrics),
    ring: ringOf(store),
    lossWindowMs: 0,
    connection: () => 1,
    ...agreements(store, now),
    ...keys(store, now, clock),
    close: () => store.close(),
  };
}

/** The time of a call. Whoever asks for it has the sweep made when it is due: state that nobody calls does not grow. */
function sweeping(store: Rows, clock: Clock): () => number {
  let nextAt = 0;
  return () => {
    const now = clock.now();
    if (now >= nextAt || now < nextAt - SWEEP_EVERY_MS) {
      nextAt = now + SWEEP_EVERY_MS;
      store.call('sweep', { now }).catch(() => undefined); // the next pass does what this one did not
    }
    return now;
  };
}

function inboxesOf(store: Rows, now: () => number, metrics: Metrics | undefined): Inboxes {
  const appended =
    metrics &&
    counter(metrics, 'mp_state_appends_total', 'Entries offered to inboxes, by what became of them', ['outcome']);
  const evictions =
    metrics && counter(metrics, 'mp_state_evictions_total', 'Entries that left a full inbox before they were passed');
  return {
    append: async (calls) => {
      const results = await store.call('append', { ...packed(calls), now: now() });
      for (const { outcome, evicted } of results) {
        appended?.inc({ outcome });
        if (evicted.length > 0) evictions?.inc(evicted.length);
      }
      return results;
    },
    binds: (receivers) => store.call('binds', { receivers }),
    bind: (receiver, request) => store.call('bind', { receiver, request, now: now() }),
    pull: async (receiver, request) => {
      const { entries, ...answer } = await store.call('pull', { receiver, request, now: now() });
      return { ...answer, entries: entries.map(storedEntry) };
    },
    advance: (calls) => store.call('advance', { calls, now: now() }),
    unbind: (calls) => store.call('unbind', { calls, now: now() }),
    revokeBefore: async (receiver, epochS) => {
      await store.call('revokeBefore', { receiver, epochS, now: now() });
    },
    recall: (calls) => store.call('recall', { calls, now: now() }),
    erase: (receiver) => store.call('erase', { receiver, now: now() }),
  };
}

/** The calls as they cross to the worker: each message is encoded once, however many receivers it has. */
function packed(calls: Parameters<Inboxes['append']>[0]): { calls: AppendCall[]; bodies: string[] } {
  const indices = new Map<MessageBody, number>();
  const bodies: string[] = [];
  const rows = calls.map(({ app, uid, entry: { message, ...entry } }): AppendCall => {
    let body = indices.get(message);
    if (body === undefined) {
      body = bodies.push(JSON.stringify(message)) - 1;
      indices.set(message, body);
    }
    return { app, uid, ...entry, body };
  });
  return { calls: rows, bodies };
}

function storedEntry({ body, ...entry }: EntryRow): StoredEntry {
  return { ...entry, message: JSON.parse(body) };
}

function ringOf(store: Rows): RingStore {
  return {
    read: () => store.call('readRing', undefined),
    write: (document, expected) => store.call('writeRing', { document, expected }),
    history: (limit) => store.call('ringHistory', { limit }),
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

function agreements(store: Rows, now: () => number): Pick<State, Agreements> {
  return {
    ping: async () => {
      await store.call('versions', undefined);
    },
    versions: () => store.call('versions', undefined),
    revoke: (revocation) => store.call('revoke', { revocation, now: now() }),
    revocations: (after) => store.call('revocations', { after, now: now() }),
    lease: (name, holder, ttlMs) => store.call('lease', { name, holder, ttlMs, now: now() }),
    release: (name, holder) => store.call('release', { name, holder }),
    announce: (kind, id, ttlMs, data) => store.call('announce', { kind, id, ttlMs, data, now: now() }),
    announced: (kind) => store.call('announced', { kind, now: now() }),
    logSeen: () => store.call('logSeen', undefined),
    openLog: (log) => store.call('openLog', log),
    sawOffsets: (generation, offsets) => store.call('sawOffsets', { generation, offsets }),
  };
}

type Keys =
  | 'claimDevice'
  | 'forgetDevices'
  | 'resolveDevices'
  | 'beginIdempotent'
  | 'takeOverIdempotent'
  | 'finishIdempotent'
  | 'takeBudget';

function keys(store: Rows, now: () => number, clock: Clock): Pick<State, Keys> {
  const budgets = new Budgets(clock);
  return {
    claimDevice: (app, deviceId, uid) => store.call('claimDevice', { app, deviceId, uid, now: now() }),
    forgetDevices: (app, uid, deviceIds) => store.call('forgetDevices', { app, uid, deviceIds }),
    resolveDevices: async (app, deviceIds) => {
      const uids = await store.call('resolveDevices', { app, deviceIds, now: now() });
      return uids.map((uid) => uid ?? undefined); // an undefined element crosses as null
    },
    beginIdempotent: (app, key, record) => store.call('beginIdempotent', { app, key, record, now: now() }),
    takeOverIdempotent: (app, key, take) => store.call('takeOverIdempotent', { app, key, ...take, now: now() }),
    finishIdempotent: (app, key, record) =>
      store.call('finishIdempotent', { app, key, ...(record && { record }), now: now() }),
    takeBudget: async (key, want, perSecond) => budgets.take(key, want, perSecond),
  };
}
