// What a back end asks for besides a push: presence, sessions, tokens, batches, history, lifetimes, devices, keys, health.
import {
  type ConnectOptions,
  connect,
  createPushClient,
  memoryStorage,
  type PushConnection,
  type PushMessage,
} from '@message-push/client';
import { type Answer, LegacyClient } from '@message-push/testkit';
import { afterAll, describe, expect, test } from 'vitest';
import { metric } from './metrics.ts';
import { withPlatform } from './platform.ts';

const BASE = '/message-push/v1';
/** So long may the history be behind. */
const HISTORY = { timeout: 5000, interval: 50 };

const shared = withPlatform();
const connections: PushConnection[] = [];
afterAll(() => {
  for (const connection of connections) connection.close();
});

interface SdkClient {
  connection: PushConnection;
  seen: PushMessage[];
  contents(): string[];
  logins: { resumed: boolean }[];
  refusals: { code: number; reason: string }[];
}

/** A person with the SDK, logged in. */
async function sdk(uid: string, deviceId: string, more: Partial<ConnectOptions> = {}): Promise<SdkClient> {
  const seen: PushMessage[] = [];
  const connection = connect({
    url: shared.url,
    appId: shared.app,
    uid,
    deviceId,
    token: () => shared.back.token(uid),
    storage: memoryStorage(),
    onMessage: (message) => void seen.push(message),
    ...more,
  });
  connections.push(connection);
  const client: SdkClient = {
    connection,
    seen,
    contents: () => seen.map(({ content }) => content),
    logins: [],
    refusals: [],
  };
  connection.on('login', (event) => client.logins.push(event));
  connection.on('refused', (event) => client.refusals.push(event));
  await expect.poll(() => client.logins.length + client.refusals.length, { timeout: 15_000 }).toBe(1);
  return client;
}

async function push(uids: string[], content: string, more: Record<string, unknown> = {}): Promise<string> {
  const answer = await shared.back.push(uids, content, more);
  expect(answer.body).toMatchObject({ code: 1 });
  return String(answer.body.data?.[0]?.message_id);
}

/** One row of the history, without those of other receivers. */
async function delivery(id: string, uid: string): Promise<Record<string, unknown>> {
  const { body } = await shared.back.call('GET', `/pushes/${id}/deliveries?uid=${uid}`);
  return body.data?.[0] ?? {};
}

const contentsOf = (client: LegacyClient) => client.messages().map(({ content }) => content);

describe('presence and sessions', () => {
  test('say who is online and where, for as long as it lasts', async () => {
    const client = await sdk('here', 'here-phone', { platform: 'ios' });
    const legacy = await shared.login('here');
    const presence = async () =>
      (await shared.back.call('POST', '/users/presence', { uids: ['here', 'away', 'here'] })).body.data;
    expect(await presence()).toEqual([
      { uid: 'here', online: true },
      { uid: 'away', online: false },
    ]);
    const sessions = (await shared.back.call('GET', '/users/here/sessions')).body.data ?? [];
    expect(sessions).toHaveLength(2);
    expect(sessions).toContainEqual({
      session_id: expect.any(String),
      gateway: 'gateway-1',
      node: expect.stringMatching(/^node-[12]$/),
      platform: 'ios',
      device_id: 'here-phone',
      since: expect.any(Number),
    });
    expect(sessions.map(({ platform }) => platform).sort()).toEqual(['h5', 'ios']);
    client.connection.close();
    legacy.close();
    await expect.poll(presence, { timeout: 10_000 }).toContainEqual({ uid: 'here', online: false });
    expect((await shared.back.call('GET', '/users/here/sessions')).body.data).toEqual([]);
  });

  test('disconnect closes one session, or all, with 4503; the SDK does not come back', async () => {
    const client = await sdk('kicked', 'kicked-phone');
    const legacy = await shared.login('kicked');
    const sessions = (await shared.back.call('GET', '/users/kicked/sessions')).body.data ?? [];
    const ofSdk = sessions.find(({ device_id }) => device_id === 'kicked-phone');
    const one = await shared.back.call('POST', '/users/kicked/disconnect', { session_id: ofSdk?.session_id });
    expect(one.body.data).toEqual([{ sessions: 1 }]);
    await expect.poll(() => client.refusals).toEqual([{ code: 4503, reason: expect.stringMatching(/\S/) }]);
    expect(client.connection.state).toBe('closed');
    await push(['kicked'], 'still there');
    await legacy.until(() => contentsOf(legacy).includes('still there'));
    const all = await shared.back.call('POST', '/users/kicked/disconnect');
    expect(all.body.data).toEqual([{ sessions: 1 }]);
    expect(await legacy.until(() => legacy.closed)).toMatchObject({ code: 4503 });
    expect((await shared.back.call('POST', '/users/kicked/disconnect', {})).body.data).toEqual([{ sessions: 0 }]);
  });
});

describe('revoked tokens', () => {
  test('one token: its sessions are closed with 4502 within a second, those of another stay', async () => {
    const token = await shared.back.token('r1');
    const victim = await sdk('r1', 'r-phone', { token });
    const other = await shared.login('r1');
    const revokedAt = Date.now();
    expect((await shared.back.call('POST', '/tokens/revoke', { token })).body.code).toBe(1);
    await expect.poll(() => victim.refusals, { timeout: 5000, interval: 10 }).toMatchObject([{ code: 4502 }]);
    const tookMs = Date.now() - revokedAt;
    console.log(`a revoked token's session was closed after ${tookMs} ms`);
    expect(tookMs).toBeLessThanOrEqual(1000);
    const again = new LegacyClient({ url: shared.url, token, app: shared.app });
    expect(await again.until(() => again.refused)).toMatchObject({ status: 401 });
    await push(['r1'], 'to the other');
    await other.until(() => contentsOf(other).includes('to the other'));
  });

  test('all of a user: every session is closed, old tokens are refused, a new one works', async () => {
    const old = await shared.back.token('r2');
    const clients = [await shared.login('r2'), await shared.login('r2')];
    expect((await shared.back.call('POST', '/tokens/revoke', { uid: 'r2' })).body.code).toBe(1);
    for (const client of clients) expect(await client.until(() => client.closed)).toMatchObject({ code: 4502 });
    const late = new LegacyClient({ url: shared.url, token: old, app: shared.app });
    // Where it is known only at the inbox, LOGIN is refused instead.
    late.socket.on('open', () => late.send({ cmd: 'LOGIN', data: { appKey: shared.app, platform: 'h5' } }));
    const end = await late.until(() => late.refused ?? late.closed);
    expect('status' in end ? end.status : end.code).toSatisfy((how) => how === 401 || how === 4502);
    const fresh = await shared.login('r2');
    await push(['r2'], 'welcome back');
    await fresh.until(() => contentsOf(fresh).includes('welcome back'));
  });
});

describe('validate and batch', () => {
  test('validate says who would get it and stores nothing', async () => {
    await shared.login('v1');
    const before = await metric(shared.platform.run.api, 'mp_bus_records_total', 'topic="pushes"');
    const answer = await shared.back.call('POST', '/push/validate', {
      push_method: 1,
      audience: { uids: ['v1', 'v2'], device_ids: ['nowhere'] },
      message: { content: 'x' },
    });
    expect(answer.body.data).toEqual([{ accepted: 2, online: ['v1'], unknown_devices: ['nowhere'] }]);
    expect(await metric(shared.platform.run.api, 'mp_bus_records_total', 'topic="pushes"')).toBe(before);
  });

  test('a bad row of a batch does not fail the others, and the answers are in order', async () => {
    const client = await shared.login('b1');
    const row = (content: string, more = {}) => ({
      push_method: 1,
      audience: { uids: ['b1'] },
      message: { content },
      ...more,
    });
    const pushes = [
      row('one'),
      row(' '),
      'nonsense',
      row('two', { idempotency_key: 'b-1' }),
      row('two', { idempotency_key: 'b-1' }),
    ];
    const { status, body } = await shared.back.call('POST', '/push/batch', { pushes });
    expect(status).toBe(200);
    const [one, blank, nonsense, two, same] = body.data ?? [];
    expect(one).toMatchObject({ code: 1, msg: 'OK', accepted: 1, message_id: expect.stringMatching(/^[0-9a-f]{32}$/) });
    expect(blank).toMatchObject({ code: 400, error: 'INVALID_BODY', details: [{ path: 'message.content' }] });
    expect(nonsense).toMatchObject({ code: 400, error: 'INVALID_BODY' });
    for (const keyed of [two, same])
      expect(keyed?.code === 1 ? keyed.message_id : keyed?.error).toSatisfy(
        (how) => how === two?.message_id || how === same?.message_id || how === 'IN_PROGRESS',
      );
    await client.until(() => contentsOf(client).includes('two'));
    expect(contentsOf(client)).toEqual(['one', 'two']);
  });

  test('a batch of 1,000 is 1,000 pushes', async () => {
    const pushes = Array.from({ length: 1000 }, (_, i) => ({
      push_method: 1,
      audience: { uids: [`many-${i}`] },
      message: { content: `n${i}` },
    }));
    const { body } = await shared.back.call('POST', '/push/batch', { pushes });
    const ids = (body.data ?? []).map(({ message_id }) => message_id);
    expect(new Set(ids).size).toBe(1000);
    expect(body.data?.every(({ code }) => code === 1)).toBe(true);
    const last = await shared.login('many-999');
    await last.until(() => contentsOf(last).includes('n999'));
  });
});

describe('history', () => {
  test('within 5 s: acked for the SDK, written for a client of the original, offline for who is absent', async () => {
    const client = await sdk('h-sdk', 'h-phone');
    const legacy = await shared.login('h-legacy');
    const id = await push(['h-sdk', 'h-legacy', 'h-absent'], 'hello', { platform: 'all' });
    await Promise.all([
      legacy.until(() => contentsOf(legacy).includes('hello')),
      expect.poll(client.contents).toEqual(['hello']),
    ]);
    await expect.poll(async () => (await delivery(id, 'h-sdk')).status, HISTORY).toBe('acked');
    await expect.poll(async () => (await delivery(id, 'h-legacy')).status, HISTORY).toBe('written');
    await expect.poll(async () => (await delivery(id, 'h-absent')).status, HISTORY).toBe('offline');
    expect(await delivery(id, 'h-sdk')).toMatchObject({
      message_id: id,
      uid: 'h-sdk',
      queued_at: expect.any(Number),
      routed_at: expect.any(Number),
      written_at: expect.any(Number),
      acked_at: expect.any(Number),
      node: expect.stringMatching(/^node-/),
      gateway: 'gateway-1',
      session_id: expect.any(String),
    });
    const record = (await shared.back.call('GET', `/pushes/${id}`)).body.data?.[0];
    expect(record).toMatchObject({
      message_id: id,
      app_key: shared.app,
      platform: 'all',
      message: { content: 'hello' },
      accepted: 3,
      counts: { acked: 1, written: 1, offline: 1 },
    });
  });

  test('is found by person, time and status, page by page, newest first', async () => {
    const from = Date.now();
    const ids: string[] = [];
    for (let i = 0; i < 5; i++) ids.push(await push(['h-paged'], `page ${i}`));
    const list = async (query: string): Promise<Answer['body'] & { cursor?: string }> =>
      (await shared.back.call('GET', `/pushes?uid=h-paged&${query}`)).body;
    const idsOf = (body: Answer['body']) => body.data?.map(({ message_id }) => message_id);
    await expect.poll(async () => idsOf(await list('status=offline')), HISTORY).toEqual(ids.toReversed());
    const first = await list('limit=2');
    const second = await list(`limit=2&cursor=${encodeURIComponent(first.cursor ?? '')}`);
    const third = await list(`limit=2&cursor=${encodeURIComponent(second.cursor ?? '')}`);
    expect([first, second, third].flatMap(idsOf)).toEqual(ids.toReversed());
    expect(third.cursor).toBeUndefined();
    expect(idsOf(await list('status=acked'))).toEqual([]);
    expect(idsOf(await list(`to=${from}`))).toEqual([]);
    expect(idsOf(await list(`from=${new Date(from).toISOString()}`))).toHaveLength(5);
  });
});

describe('lifetime', () => {
  test('ttl_s 0 reaches who is online and nobody later', async () => {
    const online = await shared.login('t-online');
    const id = await push(['t-online', 't-late'], 'now', { options: { ttl_s: 0 } });
    await online.until(() => contentsOf(online).includes('now'));
    await push(['t-late'], 'kept');
    const late = await shared.login('t-late');
    await late.until(() => contentsOf(late).includes('kept'));
    expect(contentsOf(late)).toEqual(['kept']);
    await expect.poll(async () => (await delivery(id, 't-online')).status, HISTORY).toBe('written');
    await expect.poll(() => delivery(id, 't-late'), { timeout: 15_000 }).toMatchObject({ status: 'expired' });
  });

  test('what its time-to-live ends for is recorded as expired and not delivered', async () => {
    const id = await push(['t-short'], 'short', { options: { ttl_s: 1 } });
    await push(['t-short'], 'long');
    await expect.poll(async () => (await delivery(id, 't-short')).status, { timeout: 8000 }).toBe('expired');
    const client = await shared.login('t-short');
    await client.until(() => contentsOf(client).includes('long'));
    expect(contentsOf(client)).toEqual(['long']);
  });

  test('a full inbox lets the oldest go, says so, and tells the client that it missed something', async () => {
    const storage = memoryStorage();
    const client = await sdk('t-full', 't-phone', { storage });
    await push(['t-full'], 'before');
    await expect.poll(client.contents).toEqual(['before']);
    await expect
      .poll(async () => (await shared.back.call('GET', '/pushes?uid=t-full&status=acked')).body.data, HISTORY)
      .toHaveLength(1);
    client.connection.close();
    await expect.poll(async () => (await shared.back.call('GET', '/users/t-full/sessions')).body.data).toEqual([]);
    const ids: string[] = [];
    while (ids.length < 201) {
      const answer = await shared.back.push(['t-full'], `f${ids.length}`);
      // 100 pushes a second to one uid: more are asked to wait.
      if (answer.status === 429) await new Promise((resolve) => setTimeout(resolve, 200));
      else ids.push(String(answer.body.data?.[0]?.message_id));
    }
    await expect
      .poll(() => delivery(ids[0] ?? '', 't-full'), { timeout: 10_000 })
      .toMatchObject({ status: 'expired', reason: 'inbox full' });
    expect(await delivery(ids[1] ?? '', 't-full')).toMatchObject({ status: 'offline' });
    const again = await sdk('t-full', 't-phone', { storage });
    await expect.poll(() => again.seen.length, { timeout: 15_000 }).toBe(200);
    expect(again.seen.map(({ message_id }) => message_id)).toEqual(ids.slice(1));
    expect(again.logins).toMatchObject([{ resumed: false }]);
  });
});

describe('devices', () => {
  test('a push to devices reaches those alone; unknown ones are named', async () => {
    const [first, second] = [await sdk('d1', 'd1-phone'), await sdk('d1', 'd1-tablet')];
    const legacy = await shared.login('d1');
    const answer = await shared.back.call('POST', '/push', {
      push_method: 1,
      audience: { device_ids: ['d1-phone', 'd1-nothing'] },
      message: { content: 'phone only' },
    });
    expect(answer.body.data).toMatchObject([{ accepted: 1, unknown_devices: ['d1-nothing'] }]);
    await expect.poll(first.contents).toEqual(['phone only']);
    await push(['d1'], 'all');
    await expect.poll(first.contents).toEqual(['phone only', 'all']);
    await expect.poll(second.contents).toEqual(['all']);
    await legacy.until(() => contentsOf(legacy).includes('all'));
    expect(contentsOf(legacy)).toEqual(['all']);
  });

  test('a device belongs to one person', async () => {
    await sdk('d2', 'd2-phone');
    const thief = await sdk('d3', 'd2-phone');
    expect(thief.logins).toEqual([]);
    expect(thief.refusals).toMatchObject([{ code: 0 }]);
  });

  test('the same device elsewhere replaces its older session with 4506', async () => {
    const first = await sdk('d4', 'd4-phone');
    const second = await sdk('d4', 'd4-phone');
    await expect.poll(() => first.refusals).toMatchObject([{ code: 4506 }]);
    await push(['d4'], 'to the newer');
    await expect.poll(second.contents).toEqual(['to the newer']);
  });
});

describe('Idempotency-Key', () => {
  test('20 at once with one key are one message', async () => {
    const client = await shared.login('i1');
    const body = { push_method: 1, audience: { uids: ['i1'] }, message: { content: 'once' } };
    const answers = await Promise.all(
      Array.from({ length: 20 }, () => shared.back.call('POST', '/push', body, { 'idempotency-key': 'i-1' })),
    );
    for (const { status, body: answer, headers } of answers.filter(({ status }) => status !== 200)) {
      expect({ status, error: answer.error }).toEqual({ status: 409, error: 'IN_PROGRESS' });
      expect(Number(headers.get('retry-after'))).toBeGreaterThanOrEqual(1);
    }
    const ids = answers.filter(({ status }) => status === 200).map(({ body: { data } }) => data?.[0]?.message_id);
    const later = await shared.back.call('POST', '/push', body, { 'idempotency-key': 'i-1' });
    expect(new Set([...ids, later.body.data?.[0]?.message_id]).size).toBe(1);
    await push(['i1'], 'end');
    await client.until(() => contentsOf(client).includes('end'));
    expect(contentsOf(client)).toEqual(['once', 'end']);
  });

  test('20 at once through the SDK all end with the same message', async () => {
    const { demo, api } = shared.platform.run;
    const client = createPushClient({ baseUrl: api, appId: demo.app_id, appSecret: demo.app_secret });
    const results = await Promise.all(
      Array.from({ length: 20 }, () =>
        client.push({ uids: ['i2'], message: { content: 'once' }, idempotencyKey: 'i-2' }),
      ),
    );
    expect(new Set(results.map(({ message_id }) => message_id)).size).toBe(1);
    const legacy = await shared.login('i2');
    await push(['i2'], 'end');
    await legacy.until(() => contentsOf(legacy).includes('end'));
    expect(contentsOf(legacy)).toEqual(['once', 'end']);
  });
});

describe('operations', () => {
  test.each(['', BASE])('health, readiness and the interface at %s/', async (prefix) => {
    const at = (path: string) => fetch(`${shared.platform.run.api}${prefix}${path}`);
    expect(await (await at('/healthz')).json()).toMatchObject({ code: 1, data: [{ status: 'alive' }] });
    expect(await (await at('/readyz')).json()).toMatchObject({ code: 1, data: [{ status: 'ready' }] });
    const text = await (await at('/openapi.json')).text();
    const document: { openapi: string; paths: object } = JSON.parse(text);
    expect(document.openapi).toBe('3.1.0');
    for (const path of ['/push', '/push/batch', '/push/validate', '/pushes', '/tokens', '/users/presence'])
      expect(Object.keys(document.paths)).toContain(`${BASE}${path}`);
  });

  test('the metrics of the api are at the root alone, not below the path that is made public', async () => {
    const at = (prefix: string) => fetch(`${shared.platform.run.api}${prefix}/metrics`);
    const metrics = await at('');
    expect(metrics.headers.get('content-type')).toContain('text/plain');
    expect(await metrics.text()).toMatch(/^# TYPE mp_api_requests_total counter$/m);
    expect((await at(BASE)).status).toBe(404);
  });

  test('the gateway has health, readiness and metrics of its own', async () => {
    const at = (path: string) => fetch(new URL(path, shared.url.replace('ws:', 'http:')));
    expect((await at('/healthz')).status).toBe(200);
    expect((await at('/readyz')).status).toBe(200);
    expect(await (await at('/metrics')).text()).toContain('mp_gateway_sessions');
  });

  test('the page of the interface loads from here alone', async () => {
    const page = await fetch(`${shared.platform.run.api}/docs`);
    expect(page.status).toBe(200);
    const html = await page.text();
    const links = [...html.matchAll(/(?:src|href|action)="([^"]+)"/g)].map(([, link]) => new URL(link ?? '', page.url));
    expect(links.length).toBeGreaterThan(2);
    for (const link of links.filter(({ protocol }) => protocol !== 'data:')) {
      expect(link.origin).toBe(new URL(page.url).origin);
      expect((await fetch(link)).status).toBe(200);
    }
    const policy = page.headers.get('content-security-policy') ?? '';
    expect(policy).toContain("default-src 'self'");
    expect(policy).not.toMatch(/https?:|\*|unsafe-eval/);
  });
});
