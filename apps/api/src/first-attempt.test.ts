import { randomBytes } from 'node:crypto';
import type { Archive } from '@message-push/archive';
import { type EnvelopePush, formatSeq, type MessageId, messageIdAt, partitionOf } from '@message-push/protocol';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { fingerprintOf } from './idempotency.ts';
import { basic, call, openWorld, pushBody, type RunningApi, replaced, type World } from './world.ts';

let world: World;
let api: RunningApi;
let app: { id: string; secret: string };
let readOn: () => Promise<void>;
const archiveAway = { now: false };

beforeAll(async () => {
  world = await openWorld();
  const archive: Partial<Archive> = {
    push: (id) => (archiveAway.now ? Promise.reject(new Error('away')) : world.archive.push(id)),
  };
  api = await world.api({}, { archive: replaced(world.archive, archive) });
  app = await world.app();
  const { partitions } = await world.bus.describe('pushes');
  // The history has read what is on the bus now.
  readOn = async () => {
    const { ends } = await world.bus.describe('pushes');
    let given = () => {};
    const assigned = new Promise<void>((resolve) => (given = resolve));
    const all = Array.from({ length: partitions }, (_, partition) => ({ partition, offset: ends[partition] ?? 0 }));
    const reader = await world.bus.subscribe({
      group: 'history',
      topic: 'pushes',
      batchMax: 1,
      onBatch: () => Promise.resolve(),
      onAssigned: () => given(),
    });
    await assigned;
    await reader.commit(all);
    await reader.close();
  };
}, 60_000);

afterAll(() => world.close());

let keys = 0;

/** A keyed push to two receivers whose api died; `reached` are on the bus, and on record if the history was there. */
async function leftBehind({ reached, recorded, ageMs }: { reached: string[]; recorded: boolean; ageMs: number }) {
  const key = `left-${++keys}`;
  const uids = [`a${keys}`, `b${keys}`];
  const at = Date.now() + world.time.aheadMs;
  const message_id: MessageId = messageIdAt(at, randomBytes(10));
  const fingerprint = fingerprintOf({ uids, device_ids: [], message: { content: 'hello' } });
  await world.state.beginIdempotent(app.id, key, { message_id, fingerprint, api: 'gone' });
  const { partitions } = await world.bus.describe('pushes');
  const told = { message_id, app: app.id, message: { content: 'hello' }, c_time: at, ttl_s: 60, accepted: uids.length };
  for (const uid of uids.filter((name) => reached.includes(name[0] ?? ''))) {
    const partition = partitionOf(app.id, uid, partitions);
    const push: EnvelopePush = { ...told, uids: [uid] };
    const value = Buffer.from(JSON.stringify({ v: 1, pushes: [push] }));
    const [offset = 0] = await world.bus.publish('pushes', [{ partition, value }]);
    const seq = formatSeq({ generation: 1, offset, index: 0 });
    if (recorded)
      await world.archive.write({
        pushes: [{ ...told, uids: [uid], partition, offset, seq, queued_at: at }],
        receipts: [],
      });
  }
  if (recorded) await readOn();
  world.time.aheadMs += ageMs;
  const answer = await call(api, basic(app), 'POST', '/push', pushBody(uids), { 'idempotency-key': key });
  return { answer, message_id, uids, sent: (await onBus(message_id)).filter(({ again }) => again === true) };
}

/** The parts of a message on the bus. */
async function onBus(messageId: MessageId): Promise<EnvelopePush[]> {
  const { ends } = await world.bus.describe('pushes');
  const parts: EnvelopePush[] = [];
  for (const [partition, end] of ends.entries())
    for (let offset = 0; offset < end; offset++) {
      const record = await world.bus.read('pushes', partition, offset);
      const { pushes }: { pushes: EnvelopePush[] } = JSON.parse(Buffer.from(record?.value ?? []).toString());
      parts.push(...pushes.filter((push) => push.message_id === messageId));
    }
  return parts;
}

test('what the inbox may have let go and the history knows is not published again: the answer is that of the first', async () => {
  const { answer, message_id, sent } = await leftBehind({ reached: ['a', 'b'], recorded: true, ageMs: 61_000 });
  expect(answer.status).toBe(200);
  expect(answer.body.data).toEqual([{ message_id, accepted: 2, unknown_devices: [] }]);
  expect(sent).toEqual([]);
});

test('whom a first attempt did not reach gets it now, and nobody else', async () => {
  const { answer, uids, sent } = await leftBehind({ reached: ['a'], recorded: true, ageMs: 61_000 });
  expect(answer.body.data).toMatchObject([{ accepted: 2 }]);
  expect(sent).toMatchObject([{ uids: [uids[1]], again: true, accepted: 2 }]);
});

test('what never was on the bus is published when the history has read everything', async () => {
  const { answer, sent } = await leftBehind({ reached: [], recorded: true, ageMs: 61_000 });
  expect(answer.status).toBe(200);
  expect(sent.flatMap(({ uids }) => uids)).toHaveLength(2);
});

test('a fresh one is left to the inbox, which knows it: no archive is asked', async () => {
  archiveAway.now = true;
  const { answer, sent, uids } = await leftBehind({ reached: ['a', 'b'], recorded: false, ageMs: 11_000 });
  archiveAway.now = false;
  expect(answer.status).toBe(200);
  expect(sent.flatMap((push) => push.uids).toSorted()).toEqual(uids);
  await readOn();
});

test('while the archive is away or too far behind, the caller is asked to come back, and nothing is sent', async () => {
  const behind = await leftBehind({ reached: ['a', 'b'], recorded: false, ageMs: 61_000 });
  await readOn();
  archiveAway.now = true;
  const away = await leftBehind({ reached: ['a', 'b'], recorded: true, ageMs: 61_000 });
  archiveAway.now = false;
  for (const { answer, message_id, sent } of [behind, away]) {
    expect([answer.status, answer.body.error]).toEqual([503, 'PUBLISH_UNKNOWN']);
    expect(answer.headers.get('retry-after')).toBe('1');
    expect(answer.body.msg).toContain(message_id);
    expect(sent).toEqual([]);
  }
});
