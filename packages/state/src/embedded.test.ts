import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { INBOX_LIMITS } from '@message-push/delivery';
import { SEQ_ZERO } from '@message-push/protocol';
import { loadConfig, Metrics } from '@message-push/runtime';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { bindOf, entryAt, seqAt } from './beside.ts';
import {
  type AppendEntry,
  createEmbeddedState,
  createState,
  type EmbeddedStateOptions,
  type State,
  stateFields,
} from './index.ts';

let dir: string;
let now: number;
let state: State | undefined;
const clock = { now: () => now };
const ann = { app: 'shop', uid: 'ann' };
const bob = { app: 'shop', uid: 'bob' };

beforeEach(() => {
  now = 1_800_000_000_000;
  dir = mkdtempSync(join(tmpdir(), 'mp-state-'));
});
afterEach(async () => {
  await state?.close();
  state = undefined;
  rmSync(dir, { recursive: true });
});

async function open(more: Partial<EmbeddedStateOptions> = {}): Promise<State> {
  state = await createEmbeddedState({ dir, clock, ...more });
  return state;
}

/** Rows of the closed database. */
async function rowsOf(table: string): Promise<Record<string, unknown>[]> {
  await state?.close();
  state = undefined;
  const db = new DatabaseSync(join(dir, 'state.db'));
  const rows = db.prepare(`SELECT * FROM ${table}`).all();
  db.close();
  return rows;
}

/** Makes one pass of the sweep happen: any call does, a second after the last. */
async function pass(on: State): Promise<void> {
  now += 1000;
  await on.announce('api', 'a', 1, '');
}

test('a call that fails leaves nothing of itself in memory', async () => {
  const to = await open();
  const good = entryAt(1, clock);
  const { c_time: _, ...broken } = good;
  await expect(
    to.inboxes.append([
      { ...ann, entry: good },
      { ...bob, entry: broken as AppendEntry },
    ]),
  ).rejects.toMatchObject({ code: 'STATE_UNAVAILABLE' });
  const results = await to.inboxes.append([
    { ...ann, entry: good },
    { ...bob, entry: good },
  ]);
  expect(results.map(({ outcome }) => outcome)).toEqual(['new', 'new']);
});

test('a call that fails does not undo those answered in the same turn', async () => {
  const to = await open();
  const good = entryAt(1, clock);
  const [first, , third] = await Promise.allSettled([
    to.inboxes.append([{ ...ann, entry: good }]),
    to.inboxes.append([{ ...ann, entry: { ...entryAt(2, clock), message_id: undefined as never } }]),
    to.inboxes.append([{ ...ann, entry: entryAt(3, clock) }]),
  ]);
  expect([first?.status, third?.status]).toEqual(['fulfilled', 'fulfilled']);
  expect((await rowsOf('entry')).map(({ seq }) => seq)).toEqual([seqAt(1), seqAt(3)]);
});

test('a body over 1 KB is stored once for all receivers, and leaves with the last of them', async () => {
  let to = await open();
  const entry = entryAt(1, clock, { size: 2000 });
  await to.inboxes.append([
    { ...ann, entry },
    { ...bob, entry },
    { ...bob, entry: entryAt(2, clock, { size: 100 }) },
  ]);
  expect((await rowsOf('body')).map(({ refs }) => refs)).toEqual([2]);
  expect((await rowsOf('entry')).map(({ body }) => body === null)).toEqual([true, true, false]);
  to = await open();
  now += 3_600_000;
  await pass(to);
  expect(await rowsOf('body')).toEqual([]);
  expect(await rowsOf('entry')).toEqual([]);
});

test('entries of an absent person leave when their time is over, and their redelivery is still recognised', async () => {
  const to = await open();
  const entry = entryAt(1, clock, { expires_at: now + 5000 });
  await to.inboxes.append([{ ...ann, entry }]);
  now += 5000;
  await pass(to);
  const [late] = await to.inboxes.append([{ ...ann, entry: { ...entry, expires_at: now + 9999 } }]);
  expect(late?.outcome).toBe('gone');
  expect(await rowsOf('entry')).toEqual([]);
});

test('a person who is up to date costs one head row, which goes when it was unused for long', async () => {
  let to = await open({ limits: { keepMs: 100_000_000 } });
  await to.inboxes.append([{ ...ann, entry: entryAt(1, clock) }]);
  await to.inboxes.bind(ann, bindOf('p:pc', { cursor: seqAt(1) }));
  now += INBOX_LIMITS.holdMs;
  await pass(to);
  expect([(await rowsOf('entry')).length, (await rowsOf('head')).length]).toEqual([0, 1]);
  to = await open({ limits: { keepMs: 100_000_000 } });
  now += 100_000_000;
  await pass(to);
  expect(await rowsOf('head')).toEqual([]);
});

test('a person whose tokens were revoked lately is not forgotten', async () => {
  const to = await open({ limits: { keepMs: 100_000 } });
  await to.inboxes.revokeBefore(ann, now / 1000 + 60);
  now += 100_000;
  await pass(to);
  expect((await to.inboxes.bind(ann, bindOf('p:pc', { issued_at: now / 1000 - 100 }))).revoked).toBe(true);
});

test('the sweep looks at every head in turn, a bounded number at a time', async () => {
  const to = await open();
  const calls = Array.from({ length: 250 }, (_, i) => ({
    app: 'shop',
    uid: `u${i}`,
    entry: entryAt(1, clock, { expires_at: now + 10 }),
  }));
  await to.inboxes.append(calls);
  await pass(to);
  await pass(to);
  expect((await rowsOf('entry')).length).toBe(50);
  const again = await open();
  await pass(again);
  await pass(again);
  await pass(again);
  expect(await rowsOf('entry')).toEqual([]);
});

test('more persons than fit into memory keep their inboxes', async () => {
  const to = await open({ limits: { cacheMax: 3 } });
  for (const n of [1, 2, 3])
    await to.inboxes.append(
      Array.from({ length: 10 }, (_, i) => ({ app: 'shop', uid: `u${i}`, entry: entryAt(n, clock) })),
    );
  for (let i = 0; i < 10; i++) {
    const request = { scope: 'p:pc', platform: 'pc', after: SEQ_ZERO, bytesMax: 1_000_000 };
    const { entries } = await to.inboxes.pull({ app: 'shop', uid: `u${i}` }, request);
    expect(entries.map(({ seq }) => seq)).toEqual([seqAt(1), seqAt(2), seqAt(3)]);
  }
});

test('expired keys and devices are deleted, and the history of rings is bounded', async () => {
  const to = await open({ limits: { ringHistoryMax: 3 } });
  await to.beginIdempotent('shop', 'k', { message_id: 'm', fingerprint: 'f', api: 'a' });
  await to.claimDevice('shop', 'd', 'ann');
  const revoked = await to.revoke({ kind: 'app', app: 'shop' });
  for (let version = 1; version <= 5; version++)
    await to.ring.write({ version, epoch: 1, nodes: [], at: now, cause: '' }, version - 1);
  expect((await to.ring.history(10)).map(({ version }) => version)).toEqual([5, 4, 3]);
  now += 31 * 86_400_000;
  await pass(to);
  expect((await to.versions()).revocations).toBe(revoked);
  for (const table of ['idempotency', 'device', 'revocation']) expect(await rowsOf(table)).toEqual([]);
});

test('what became of appended entries is counted', async () => {
  const metrics = new Metrics();
  const to = await open({ metrics, inboxLimits: { ...INBOX_LIMITS, entriesMax: 1 } });
  for (const n of [1, 1, 2]) await to.inboxes.append([{ ...ann, entry: entryAt(n, clock) }]);
  const text = await metrics.metrics();
  expect(text).toContain('mp_state_appends_total{outcome="new"} 2');
  expect(text).toContain('mp_state_appends_total{outcome="held"} 1');
  expect(text).toContain('mp_state_evictions_total 1');
});

test('only what exists can be configured; anything else is refused with a sentence', async () => {
  expect(() => loadConfig(stateFields, { STATE: 'memcached' })).toThrow(
    'STATE: write "embedded" (one process) or "redis"',
  );
  state = await createState(loadConfig(stateFields, { INBOX_ENTRIES_MAX: '1' }), { dir, clock });
  for (const n of [1, 2]) await state.inboxes.append([{ ...ann, entry: entryAt(n, clock) }]);
  expect((await rowsOf('entry')).length).toBe(1);
});
