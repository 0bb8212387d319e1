// The history of the console shows each operator what they may see and nothing else, and a delivery's way as it was.
import { randomBytes } from 'node:crypto';
import type { QueuedPush } from '@message-push/archive';
import { formatSeq, messageIdAt, type Receipt } from '@message-push/protocol';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { openWorld, type RunningApi, type World } from '../../world.ts';
import { operatorAt, type TestOperator } from './fixture-operators.ts';

let world: World;
let api: RunningApi;
let admin: TestOperator;
let viewer: TestOperator;
let owner: TestOperator;
let open: string;
let secret: string;
let other: string;

beforeAll(async () => {
  world = await openWorld();
  api = await world.api();
  open = (await world.app()).id;
  secret = (await world.app({ private_bodies: true })).id;
  other = (await world.app()).id;
  admin = await operatorAt(world, api, 'admin');
  viewer = await operatorAt(world, api, 'viewer');
  owner = await operatorAt(world, api, 'owner', [open, secret]);
}, 60_000);
afterAll(() => world.close());

let offset = 0;
function pushOf(app: string, content: string, more: Partial<QueuedPush> = {}): QueuedPush {
  const c_time = more.c_time ?? Date.now() - 5_000;
  offset += 1;
  return {
    ...{
      message_id: messageIdAt(c_time, randomBytes(10)),
      app,
      message: { title: 'T', content, content_type: 'text' },
    },
    ...{ c_time, ttl_s: 600, accepted: 1, uids: ['u1'], partition: 0, offset, queued_at: c_time + 3 },
    seq: formatSeq({ generation: 1, offset, index: 0 }),
    ...more,
  };
}
const told = (push: QueuedPush, facts: Partial<Receipt>): Receipt => ({
  ...{ message_id: push.message_id, app: push.app, uid: push.uids[0] ?? '' },
  ...facts,
});
const idsOf = (answer: Awaited<ReturnType<TestOperator['ask']>>) => answer.body.data.map((row) => row.message_id);
const q = (text: string, more = '') => `?q=${encodeURIComponent(text)}${more}`;

test('an owner finds the messages of granted apps alone, whatever is asked', async () => {
  const pushes = [open, secret, other].map((app) => pushOf(app, 'granted or not'));
  await world.archive.write({ pushes, receipts: [] });
  const [a = '', b = '', c = ''] = pushes.map(({ message_id }) => message_id);
  expect(idsOf(await admin.ask('GET', `/messages${q('granted')}`)).sort()).toEqual([a, b, c].sort());
  expect(idsOf(await owner.ask('GET', `/messages${q('granted')}`)).sort()).toEqual([a, b].sort());
  expect(idsOf(await owner.ask('GET', `/messages${q(`granted app:${other}`)}`))).toEqual([]);
  for (const path of [`/messages/${c}`, `/messages/${c}/deliveries`, `/messages/${c}/trace?uid=u1`]) {
    expect((await admin.ask('GET', path)).status).toBe(200);
    expect((await owner.ask('GET', path)).body.error).toBe('NOT_FOUND');
  }
  expect((await owner.ask('POST', `/messages/${c}/recall`)).body.error).toBe('NOT_FOUND');
  expect((await owner.ask('GET', `/messages/funnel${q(`app:${other}`)}`)).body.data).toEqual([
    { accepted: 0, routed: 0, written: 0, acked: 0 },
  ]);
});

test('words of an app that keeps them private are neither shown to a viewer nor found by them', async () => {
  const pushes = [open, secret].map((app) => pushOf(app, 'zebra crossing'));
  await world.archive.write({ pushes, receipts: [] });
  const [shown = '', hidden = ''] = pushes.map(({ message_id }) => message_id);
  expect(idsOf(await viewer.ask('GET', `/messages${q('zebra')}`))).toEqual([shown]);
  const clauses = await viewer.ask('GET', `/messages/clauses${q('zebra')}`);
  expect(clauses.body.data).toMatchObject([{ clause: 'text:zebra', total: 1 }]);
  const [row] = (await viewer.ask('GET', `/messages/${hidden}`)).body.data;
  expect(row).toMatchObject({ private: true, message: { content: '', content_type: 'text' } });
  const trace = await viewer.ask('GET', `/messages/${hidden}/trace?uid=u1`);
  expect(JSON.stringify([row, trace.body])).not.toContain('zebra');
  const file = await fetch(`${api.url}/admin/v1/messages/export${q(`app:${secret}`, '&format=csv')}`, {
    headers: { cookie: viewer.cookie },
  });
  const text = await file.text();
  expect([text.includes(hidden), text.includes('zebra')]).toEqual([true, false]);
  for (const one of [owner, admin]) {
    const answer = await one.ask('GET', `/messages/${hidden}`);
    expect(answer.body.data).toMatchObject([{ message: { title: 'T', content: 'zebra crossing' } }]);
    expect(answer.body.data[0]).not.toHaveProperty('private');
  }
});

test('what is wrong with a query is told at its column', async () => {
  for (const path of ['', '/funnel', '/latency', '/failures', '/clauses'])
    expect((await admin.ask('GET', `/messages${path}${q('uid:1 nope:2')}`)).body).toMatchObject({
      error: 'INVALID_QUERY',
      details: [{ path: 'q:6' }],
    });
  const noWord = await admin.ask('GET', `/messages${q('uid:1 "!!"')}`);
  expect(noWord.body).toMatchObject({ error: 'INVALID_QUERY', details: [{ path: 'q:6' }] });
});

test('figures are of the deliveries that the query means', async () => {
  const app = (await world.app()).id;
  const sent = pushOf(app, 'figures');
  const t = sent.c_time;
  const late = [0, 1].map(() => pushOf(app, 'figures', { c_time: t - 60_000, ttl_s: 1 }));
  const full = pushOf(app, 'figures', { uids: ['u2'] });
  await world.archive.write({
    pushes: [sent, full, ...late],
    receipts: [
      told(sent, { routed_at: t + 10, written_at: t + 14, acked_at: t + 30, node: 'n' }),
      told(full, { evicted_at: t + 10, reason: 'inbox full' }),
    ],
  });
  const of = async (what: string, more = '') =>
    (await admin.ask('GET', `/messages/${what}${q(`app:${app}`, more)}`)).body.data;
  expect(await of('funnel')).toEqual([{ accepted: 4, routed: 1, written: 1, acked: 1 }]);
  expect(await of('failures')).toEqual([
    { status: 'expired', reason: 'time-to-live ended', count: 2 },
    { status: 'expired', reason: 'inbox full', count: 1 },
  ]);
  expect(await of('latency')).toMatchObject([
    { sample: 1, hops: [{ hop: 'bus', p50: 3 }, { p50: 7 }, { p50: 4 }, { p50: 16 }, { hop: 'total', p50: 30 }] },
  ]);
  const buckets = await of('histogram', '&from=now-1h&to=now&interval_ms=3600000');
  expect(buckets).not.toEqual([]);
  const few = await admin.ask('GET', `/messages/histogram${q('', '&from=now-1h&interval_ms=1000')}`);
  expect(few.body).toMatchObject({ error: 'INVALID_QUERY', details: [{ path: 'interval' }] });
  expect((await admin.ask('GET', '/messages/suggest?field=status&prefix=f')).body.data).toEqual(['failed']);
  expect((await owner.ask('GET', '/messages/suggest?field=app')).body.data.toSorted()).toEqual([open, secret].sort());
  expect((await admin.ask('GET', '/messages/suggest?field=content_type')).body.data).toEqual(['text']);
});

test('a trace has the hops that were taken, and where the next one is missing', async () => {
  const push = pushOf(open, 'traced', { accepted: 3, uids: ['u1', 'u2', 'u3'] });
  const t = push.c_time;
  const who = { node: 'n1', ring_version: 1, gateway: 'g1', session_id: 's1', platform: 'h5' };
  await world.archive.write({
    pushes: [push],
    receipts: [
      { ...told(push, { routed_at: t + 10, written_at: t + 14, acked_at: t + 30, ...who }) },
      { ...told(push, { offline_at: t + 9, reason: 'nobody is bound' }), uid: 'u2' },
    ],
  });
  const trace = async (uid: string) =>
    (await admin.ask('GET', `/messages/${push.message_id}/trace?uid=${uid}`)).body.data[0] as {
      hops: { hop: string; at?: number; detail: Record<string, unknown> }[];
    };
  const acked = await trace('u1');
  expect(acked).toMatchObject({ terminal: true, delivery: { status: 'acked' } });
  expect(acked).not.toHaveProperty('gap');
  expect(acked.hops.map(({ hop, at }) => [hop, (at ?? 0) - t])).toEqual([
    ...[
      ['api', 0],
      ['bus', 3],
      ['consumer', 10],
      ['node', 10],
      ['gateway', 14],
      ['client', 30],
    ],
  ]);
  expect(acked.hops[1]?.detail).toEqual({ topic: 'pushes', partition: 0, offset: push.offset });
  expect(acked.hops[4]?.detail).toEqual({ gateway: 'g1', session_id: 's1', platform: 'h5' });
  const offline = await trace('u2');
  expect(offline).toMatchObject({ terminal: false, gap: { hop: 'node', since: t + 9, cause: 'offline' } });
  expect(offline.hops.filter(({ at }) => at !== undefined).map(({ hop }) => hop)).toEqual(['api', 'bus', 'consumer']);
  expect(await trace('u3')).toMatchObject({ terminal: false, gap: { hop: 'consumer', since: t + 3, cause: 'lag' } });
  expect((await admin.ask('GET', `/messages/${push.message_id}/trace?uid=u4`)).body.error).toBe('NOT_FOUND');
});

test('a message that may still come to the history is not called unknown', async () => {
  const young = messageIdAt(Date.now(), randomBytes(10));
  const old = messageIdAt(Date.now() - 3_600_000, randomBytes(10));
  expect((await admin.ask('GET', `/messages/${young}`)).body.error).toBe('NOT_RECORDED');
  for (const id of [old, 'nonsense', 'A'.repeat(32)])
    expect((await admin.ask('GET', `/messages/${id}`)).body.error).toBe('NOT_FOUND');
});

test('a push from the console is sent once per key, in the name of an app, and the audit log has no word of it', async () => {
  const body = {
    ...{ app: open, push_method: 1, platform: 'all', audience: { uids: ['u1', 'u2'] } },
    message: { title: 'quiet title', content: 'quiet words' },
  };
  const key = { 'idempotency-key': 'k1' };
  const first = await owner.ask('POST', '/push', body, key);
  expect(first.body.data).toMatchObject([{ accepted: 2, unknown_devices: [] }]);
  expect((await owner.ask('POST', '/push', body, key)).body.data).toEqual(first.body.data);
  expect((await owner.ask('POST', '/push', { ...body, platform: 'h5' }, key)).body.error).toBe('IDEMPOTENCY_MISMATCH');
  for (const [one, code] of [
    [viewer, 'FORBIDDEN'],
    [owner, 'FORBIDDEN'],
  ] as const)
    expect((await one.ask('POST', '/push', { ...body, app: other })).body.error).toBe(code);
  expect((await admin.ask('POST', '/push', { ...body, app: 'no-such-app' })).body.error).toBe('NOT_FOUND');
  expect((await admin.ask('POST', '/push', { ...body, message: {} })).body).toMatchObject({ error: 'INVALID_BODY' });
  const { items } = await world.database.audit.list({ limit: 50 });
  const deeds = items.filter(({ action }) => action === 'message.send');
  expect(deeds[0]).toMatchObject({
    ...{ actor: owner.email, target: `message ${String(first.body.data[0]?.message_id)}` },
    after: { app: open, accepted: 2 },
  });
  expect(JSON.stringify(deeds)).not.toContain('quiet');
  const { ends } = await world.bus.describe('pushes');
  expect(ends.reduce((total, end) => total + end, 0)).toBeLessThanOrEqual(2);
});

test('a preview tells who is online, each receiver once', async () => {
  const answer = await admin.ask('POST', '/push/preview', { app: open, uids: ['u1', 7, '7'] });
  expect(answer.body.data).toEqual([
    { uid: 'u1', online: false },
    { uid: '7', online: false },
  ]);
  expect((await owner.ask('POST', '/push/preview', { app: other, uids: ['1'] })).body.error).toBe('FORBIDDEN');
});
