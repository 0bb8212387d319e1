// A person's messages within the documented limits (100 a second, 16 KB each) reach a session that reads, whole and in order.
import { assertNoDuplicate, assertNoneLost, assertOrdered, LegacyClient } from '@message-push/testkit';
import { describe, expect, test } from 'vitest';
import { withPlatform } from './platform.ts';

const shared = withPlatform();
const CONTENT_BYTES = 16_384;
const ACK_EVERY_MS = 100;

/** A client that acknowledges what it has, as often as its share of frames lets it. */
async function acknowledging(uid: string): Promise<LegacyClient> {
  const client = new LegacyClient({ url: shared.url, token: await shared.back.token(uid), app: shared.app });
  const data = { appKey: shared.app, platform: 'h5', device_id: `device-${uid}`, ack: true };
  let seq = '';
  let waits = false;
  client.socket.on('open', () => client.send({ cmd: 'LOGIN', token: '', data }));
  client.socket.on('message', (bytes) => {
    const { type, data } = JSON.parse(String(bytes));
    if (type !== 'MESSAGE') return;
    seq = data.seq;
    if (waits) return;
    waits = true;
    setTimeout(() => {
      waits = false;
      client.send({ cmd: 'ACK', data: { seq } });
    }, ACK_EVERY_MS);
  });
  await client.until(() => client.frames.some(({ type }) => type === 'LOGIN'));
  return client;
}

/** Sends at once; answers the message ids in the order in which their sequences must come. */
async function burst(uid: string, bytes: number): Promise<string[]> {
  const count = Math.floor(bytes / CONTENT_BYTES);
  const contents = Array.from({ length: count }, (_, i) => `${i} `.padEnd(CONTENT_BYTES, 'x'));
  const answers = await Promise.all(contents.map((content) => shared.back.push([uid], content)));
  for (const { body } of answers) expect(body).toMatchObject({ code: 1 });
  return answers.map(({ body }) => String(body.data?.[0]?.message_id));
}

function ofMessages(client: LegacyClient, field: string): string[] {
  return client.messages().map((message) => String(message[field]));
}

async function statuses(ids: string[]): Promise<Set<unknown>> {
  const rows = await Promise.all(ids.map((id) => shared.back.call('GET', `/pushes/${id}/deliveries`)));
  return new Set(rows.map(({ body }) => body.data?.[0]?.status));
}

describe.each([
  ['800 KB', 800 * 1024],
  ['1.5 MB', 1536 * 1024],
])('a burst of %s to one uid', (name, bytes) => {
  test.each<[string, (uid: string) => Promise<LegacyClient>, string]>([
    ['a legacy session that reads', (uid) => shared.login(uid), 'written'],
    ['an acknowledging one', acknowledging, 'acked'],
  ])(
    'reaches %s whole, once and in order, and the history says so',
    async (kind, login, status) => {
      const uid = `${name} ${kind}`.replaceAll(' ', '-');
      const client = await login(uid);
      const ids = await burst(uid, bytes);
      await client.until(() => client.messages().length >= ids.length, 20_000);
      const seen = ofMessages(client, 'message_id');
      assertNoneLost(ids, seen);
      assertNoDuplicate(seen);
      const seqs = ofMessages(client, 'seq');
      assertOrdered([...seqs].sort(), seqs);
      expect(client.closed).toBeUndefined();
      await expect.poll(() => statuses(ids), { timeout: 20_000 }).toEqual(new Set([status]));
      client.terminate();
    },
    60_000,
  );
});

test('a burst that comes while a session reads what waited for it reaches it as well', async () => {
  const uid = 'coming-back';
  const waiting = await burst(uid, 200 * 1024);
  await expect.poll(() => statuses(waiting), { timeout: 20_000 }).toEqual(new Set(['offline']));
  const client = await shared.login(uid);
  const ids = await burst(uid, 1024 * 1024);
  await client.until(() => client.messages().length >= waiting.length + ids.length, 20_000);
  assertNoneLost([...waiting, ...ids], ofMessages(client, 'message_id'));
  assertNoDuplicate(ofMessages(client, 'message_id'));
}, 60_000);
