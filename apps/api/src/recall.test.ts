// A message is taken back: from inboxes at once, from the bus by word to the consumers; never another app's.
import { formatSeq, messageIdAt } from '@message-push/protocol';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { basic, call, openWorld, type RunningApi, type World } from './world.ts';

let world: World;
let api: RunningApi;

beforeAll(async () => {
  world = await openWorld();
  api = await world.api({ API_RECALL_SETTLE_MS: '1', API_RECALL_WAIT_MS: '300' });
}, 60_000);
afterAll(() => world.close());

let numbers = 0;

/** A push as it stands in the inboxes and in the history, with what became of it for each of its receivers. */
async function pushed(app: string, uids: string[], written: string[] = []) {
  const now = Date.now();
  const offset = ++numbers;
  const message_id = messageIdAt(now, new Uint8Array(10).fill(offset));
  const seq = formatSeq({ generation: 1, offset, index: 0 });
  const message = { content: 'hello' };
  const entry = { seq, message_id, expires_at: now + 60_000, c_time: now, message };
  await world.state.inboxes.append(uids.map((uid) => ({ app, uid, entry })));
  const place = { partition: 0, offset, seq, queued_at: now };
  await world.archive.write({
    pushes: [{ message_id, app, message, c_time: now, ttl_s: 60, accepted: uids.length, uids, ...place }],
    receipts: uids.map((uid) =>
      written.includes(uid) ? { message_id, app, uid, written_at: now } : { message_id, app, uid, offline_at: now },
    ),
  });
  return message_id;
}

const held = async (app: string, uid: string) => {
  const request = { scope: 'p:h5', platform: 'h5', after: '0'.repeat(22), bytesMax: 1e6 };
  return (await world.state.inboxes.pull({ app, uid }, request)).entries.length;
};

test('it leaves the inboxes of those it was not written to, who are counted, recorded and told to the consumers', async () => {
  const app = await world.app();
  const id = await pushed(app.id, ['ann', 'bob', 'cy'], ['cy']);
  const other = await pushed(app.id, ['ann']);
  const before = (await world.bus.describe('receipts')).ends.reduce((sum, end) => sum + end, 0);
  const answer = await call(api, basic(app), 'POST', `/pushes/${id}/recall`);
  expect([answer.status, answer.body.data]).toEqual([200, [{ message_id: id, recalled: 2, written: 1 }]]);
  expect(await Promise.all(['ann', 'bob'].map((uid) => held(app.id, uid)))).toEqual([1, 0]);
  const told = (await world.state.revocations(0)).map(({ revocation }) => revocation);
  expect(told).toContainEqual({ kind: 'message', app: app.id, message_id: id });
  expect((await world.bus.describe('receipts')).ends.reduce((sum, end) => sum + end, 0)).toBe(before + 1);
  expect(other).not.toBe(id);
});

test("another app's message is not there, nor is one that nobody sent", async () => {
  const [app, stranger] = [await world.app(), await world.app()];
  const id = await pushed(app.id, ['ann']);
  const long = messageIdAt(Date.now() - 3_600_000, new Uint8Array(10).fill(9));
  for (const path of [`/pushes/${id}/recall`, `/pushes/${long}/recall`, '/pushes/x/recall']) {
    const answer = await call(api, basic(stranger), 'POST', path);
    expect([answer.status, answer.body.error]).toEqual([404, 'NOT_FOUND']);
  }
  expect(await held(app.id, 'ann')).toBe(1);
});

test('a message that the history does not have yet, or not for all its receivers, is to be tried again', async () => {
  const app = await world.app();
  const young = messageIdAt(Date.now(), new Uint8Array(10).fill(200));
  const unknown = await call(api, basic(app), 'POST', `/pushes/${young}/recall`);
  expect([unknown.status, unknown.body.error]).toEqual([503, 'NOT_RECORDED']);
  expect(unknown.headers.get('retry-after')).toBe('1');
});
