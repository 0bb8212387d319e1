// A message is taken back, and a person erased, on the whole platform: what clients see afterwards, and what the history says.
import { expect, test } from 'vitest';
import { withPlatform } from './platform.ts';

const shared = withPlatform();
/** So long may the history be behind. */
const HISTORY = { timeout: 10_000, interval: 50 };

async function push(uids: string[], content: string): Promise<string> {
  const { body } = await shared.back.push(uids, content);
  expect(body).toMatchObject({ code: 1 });
  return String(body.data?.[0]?.message_id);
}

/** How each receiver of a message stands in the history. */
async function statuses(id: string): Promise<Record<string, unknown>> {
  const { body } = await shared.back.call('GET', `/pushes/${id}/deliveries`);
  return Object.fromEntries((body.data ?? []).map(({ uid, status }) => [uid, status]));
}

/** What a person receives at LOGIN, up to a message that is pushed after it. */
async function receivedAt(uid: string): Promise<unknown[]> {
  const client = await shared.login(uid);
  const last = `the end for ${uid}`;
  await push([uid], last);
  const contents = () => client.messages().map(({ content }) => content);
  await client.until(() => contents().includes(last));
  return contents();
}

test('a recalled message is not received at the next LOGIN; who had it counts as written', async () => {
  const online = await shared.login('recall-on');
  const kept = await push(['recall-off'], 'kept');
  const id = await push(['recall-on', 'recall-off'], 'taken back');
  await online.until(() => online.messages().some(({ content }) => content === 'taken back'));
  await expect.poll(() => statuses(id), HISTORY).toEqual({ 'recall-on': 'written', 'recall-off': 'offline' });
  const answer = await shared.back.call('POST', `/pushes/${id}/recall`);
  expect(answer.body.data).toEqual([{ message_id: id, recalled: 1, written: 1 }]);
  expect(await receivedAt('recall-off')).toEqual(['kept', 'the end for recall-off']);
  await expect.poll(() => statuses(id), HISTORY).toEqual({ 'recall-on': 'written', 'recall-off': 'recalled' });
  await expect.poll(() => statuses(kept), HISTORY).toEqual({ 'recall-off': 'written' });
  const again = await shared.back.call('POST', `/pushes/${id}/recall`);
  expect(again.body.data).toEqual([{ message_id: id, recalled: 1, written: 1 }]);
});

test('an erased person is logged out, gets nothing old and is found nowhere; others keep what is theirs', async () => {
  const phone = await shared.login('erased');
  const seen = await push(['erased'], 'seen');
  const both = await push(['erased', 'stays'], 'to both');
  await phone.until(() => phone.messages().length === 2);
  phone.close();
  await phone.until(() => phone.closed);
  const presence = async () => (await shared.back.call('POST', '/users/presence', { uids: ['erased'] })).body.data;
  await expect.poll(presence, { timeout: 10_000 }).toEqual([{ uid: 'erased', online: false }]);
  const waiting = await push(['erased'], 'waiting');
  await expect.poll(() => statuses(seen), HISTORY).toEqual({ erased: 'written' });
  await expect.poll(() => statuses(both), HISTORY).toEqual({ erased: 'written', stays: 'offline' });
  await expect.poll(() => statuses(waiting), HISTORY).toEqual({ erased: 'offline' });
  // Another device: what waits for the first one is not passed by it.
  const tablet = await shared.login('erased', 'ios');

  const answer = await shared.back.call('DELETE', '/users/erased');
  expect(answer.body.data).toEqual([{ uid: 'erased', sessions: 1, deliveries: 3 }]);
  expect(await tablet.until(() => tablet.closed)).toMatchObject({ code: 4503 });

  const found = async (query: string) =>
    ((await shared.back.call('GET', `/pushes?${query}`)).body.data ?? []).map(({ message_id }) => message_id);
  expect(await found('uid=erased')).toEqual([]);
  expect(await found('uid=stays')).toEqual([both]);
  expect(await statuses(both)).toEqual({ stays: 'offline' });
  expect((await shared.back.call('GET', `/pushes/${seen}`)).status).toBe(404);
  expect(await receivedAt('erased')).toEqual(['the end for erased']);
  expect(await receivedAt('stays')).toEqual(['to both', 'the end for stays']);
  // What was told late of the old messages has come in by now, with what was told of the new one.
  await expect.poll(async () => (await found('uid=erased')).length, HISTORY).toBe(1);
});
