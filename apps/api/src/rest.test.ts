// Longer than other files: opening a world with its database takes seconds, so that these tests share one.
import { createServer, type IncomingMessage, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { type EnvelopePush, envelopeJson, partitionOf, SEQ_ZERO, type SessionInfo } from '@message-push/protocol';
import { verifyAccessToken } from '@message-push/runtime';
import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest';
import { basic, call, openWorld, pushBody, type RunningApi, replaced, type World } from './world.ts';

let world: World;
let api: RunningApi;
let app: { id: string; secret: string };
let authorization: string;

beforeAll(async () => {
  world = await openWorld();
  api = await world.api();
  app = await world.app({ requests_per_second: 100_000, deliveries_per_second: 1_000_000, default_ttl_s: 77 });
  authorization = basic(app);
}, 60_000);

afterAll(() => world.close());

const post = (path: string, body?: unknown, headers: Record<string, string> = {}) =>
  call(api, authorization, 'POST', path, body, headers);
const get = (path: string) => call(api, authorization, 'GET', path);

/** Everything on the bus of one message, with its partition. */
async function stored(messageId: unknown): Promise<{ partition: number; push: EnvelopePush }[]> {
  const { ends } = await world.bus.describe('pushes');
  const found: { partition: number; push: EnvelopePush }[] = [];
  for (const [partition, end] of ends.entries()) {
    for (let offset = 0; offset < end; offset++) {
      const record = await world.bus.read('pushes', partition, offset);
      for (const push of record === undefined ? [] : envelopeJson.decode(record.value).pushes)
        if (push.message_id === messageId) found.push({ partition, push });
    }
  }
  return found;
}

describe('a push', () => {
  test("the original's call is answered as by the original, and is on the bus of its partition", async () => {
    const message = { title: 'title1', content: 'content1', content_type: 'content_type1', extras: '123extras' };
    const body = { push_method: 1, platform: 'all', audience: { uids: [57098049] }, message, unknown_field: 1 };
    for (const path of ['/push', '/push/']) {
      const answer = await post(path, body);
      expect(answer.status).toBe(200);
      expect(answer.body).toMatchObject({ code: 1, msg: 'OK', data: [{ accepted: 1, unknown_devices: [] }] });
      const id = answer.body.data[0]?.message_id;
      expect(id).toMatch(/^[0-9a-f]{32}$/);
      const [found, ...more] = await stored(id);
      expect(more).toEqual([]);
      const { partitions } = await world.bus.describe('pushes');
      expect(found?.partition).toBe(partitionOf(app.id, '57098049', partitions));
      expect(found?.push).toMatchObject({ app: app.id, uids: ['57098049'], message, ttl_s: 77, accepted: 1 });
      expect(found?.push).not.toHaveProperty('platforms');
      expect(found?.push.traceparent).toMatch(/^00-[0-9a-f]{32}-[0-9a-f]{16}-01$/);
    }
  });

  test('platforms, time-to-live and the trace of the caller go along', async () => {
    const trace = '4bf92f3577b34da6a3ce929d0e0e4736';
    const body = pushBody(['a'], 'x', { platform: 'H5, ios', options: { ttl_s: 0 } });
    const { data } = (await post('/push', body, { traceparent: `00-${trace}-00f067aa0ba902b7-00` })).body;
    const [found] = await stored(data[0]?.message_id);
    expect(found?.push).toMatchObject({ platforms: ['h5', 'ios'], ttl_s: 0 });
    expect(found?.push.traceparent).toMatch(new RegExp(`^00-${trace}-(?!00f067aa0ba902b7)[0-9a-f]{16}-00$`));
  });

  test('1,000 receivers, numbers and texts mixed, count once each and are split by partition', async () => {
    const uids = Array.from({ length: 1_000 }, (_, at) => (at % 2 === 0 ? at : String(at - 1)));
    const { data } = (await post('/push', pushBody(uids))).body;
    expect(data[0]?.accepted).toBe(500);
    const found = await stored(data[0]?.message_id);
    const { partitions } = await world.bus.describe('pushes');
    for (const { partition, push } of found) {
      expect(push.accepted).toBe(500);
      for (const uid of push.uids) expect(partitionOf(app.id, uid, partitions)).toBe(partition);
    }
    const receivers = found.flatMap(({ push }) => push.uids);
    expect(new Set(receivers).size).toBe(500);
    expect(receivers).toHaveLength(500);
  });

  test('devices are resolved to their users; with uids it is the union; unknown ones are named', async () => {
    await world.state.claimDevice(app.id, 'd-1', 'ann');
    await world.state.claimDevice(app.id, 'd-2', 'ann');
    await world.state.claimDevice(app.id, 'd-3', '__proto__');
    await world.state.claimDevice('another app', 'd-4', 'eve');
    const audience = { uids: ['bob', '__proto__'], device_ids: ['d-1', 'd-2', 'd-3', 'd-4'] };
    const { data } = (await post('/push', { ...pushBody([]), audience })).body;
    expect(data[0]).toMatchObject({ accepted: 3, unknown_devices: ['d-4'] });
    const pushes = (await stored(data[0]?.message_id)).map(({ push }) => push);
    expect(pushes.flatMap(({ uids }) => uids).sort()).toEqual(['__proto__', 'ann', 'bob']);
    expect(pushes.flatMap(({ devices }) => Object.entries(devices ?? {}))).toEqual([['ann', ['d-1', 'd-2']]]);
  });

  test('devices that nobody has: accepted by nobody, named, and nothing is sent', async () => {
    const { ends } = await world.bus.describe('pushes');
    const answer = await post('/push', { ...pushBody([]), audience: { device_ids: ['nobody'] } });
    expect(answer.body.data[0]).toMatchObject({ accepted: 0, unknown_devices: ['nobody'] });
    expect((await world.bus.describe('pushes')).ends).toEqual(ends);
  });

  test('a batch answers row by row, in order, and a bad row does not fail the others', async () => {
    const pushes = [
      pushBody(['1']),
      { nonsense: 1 },
      5,
      pushBody(['2', '3']),
      { ...pushBody(['4']), idempotency_key: '' },
    ];
    const answer = await post('/push/batch', { pushes });
    expect(answer.status).toBe(200);
    expect(answer.body.data).toMatchObject([
      { code: 1, msg: 'OK', accepted: 1 },
      { code: 400, error: 'INVALID_BODY', details: [{ path: 'push_method' }, {}, {}] },
      { code: 400, error: 'INVALID_BODY' },
      { code: 1, accepted: 2 },
      { code: 400, error: 'INVALID_BODY', details: [{ path: 'idempotency_key' }] },
    ]);
    for (const row of [0, 3]) expect(await stored(answer.body.data[row]?.message_id)).not.toEqual([]);
  });

  test('1,000 rows are 1,000 answers', async () => {
    const pushes = Array.from({ length: 1_000 }, (_, at) => pushBody([at]));
    const { data } = (await post('/push/batch', { pushes })).body;
    expect(data.filter(({ code }) => code === 1)).toHaveLength(1_000);
    expect(new Set(data.map(({ message_id }) => message_id)).size).toBe(1_000);
  });

  test('validating sends nothing and makes the same checks', async () => {
    const { ends } = await world.bus.describe('pushes');
    const answer = await post('/push/validate', pushBody(['1', 1, 'x']));
    expect(answer.body.data).toEqual([{ accepted: 2, online: [], unknown_devices: [] }]);
    expect((await world.bus.describe('pushes')).ends).toEqual(ends);
  });
});

describe('an Idempotency-Key', () => {
  test('gives the first answer again, in the header and in rows alike, and refuses another body', async () => {
    const first = await post('/push', pushBody(['k']), { 'idempotency-key': 'key 1' });
    const again = await post('/push', pushBody(['k']), { 'idempotency-key': 'key 1' });
    expect(again.body).toEqual(first.body);
    const rows = await post('/push/batch', { pushes: [{ ...pushBody(['k']), idempotency_key: 'key 1' }] });
    expect(rows.body.data[0]).toEqual({ code: 1, msg: 'OK', ...first.body.data[0] });
    expect(await stored(first.body.data[0]?.message_id)).toHaveLength(1);
    const other = await post('/push', pushBody(['k'], 'other'), { 'idempotency-key': 'key 1' });
    expect([other.status, other.body.error]).toEqual([409, 'IDEMPOTENCY_MISMATCH']);
    const second = await world.app();
    const theirs = await call(api, basic(second), 'POST', '/push', pushBody(['k'], 'x'), {
      'idempotency-key': 'key 1',
    });
    expect(theirs.status).toBe(200);
  });

  test('twice in one batch is sent once: the later row gets the answer of the first', async () => {
    const row = { ...pushBody(['twice']), idempotency_key: 'key in a batch' };
    const { data } = (await post('/push/batch', { pushes: [row, pushBody(['x']), row] })).body;
    expect(data[0]).toMatchObject({ code: 1, accepted: 1 });
    expect(data[2]).toEqual(data[0]);
    expect(await stored(data[0]?.message_id)).toHaveLength(1);
  });

  test('of many at once over two apis one is sent; all others get its answer or are told to come back', async () => {
    const other = await world.api();
    const answers = await Promise.all(
      Array.from({ length: 40 }, (_, at) =>
        call(at % 2 === 0 ? api : other, authorization, 'POST', '/push', pushBody(['race']), {
          'idempotency-key': 'race',
        }),
      ),
    );
    const ids = new Set(answers.filter(({ status }) => status === 200).map(({ body }) => body.data[0]?.message_id));
    expect(ids.size).toBe(1);
    for (const { status, body, headers } of answers.filter((answer) => answer.status !== 200)) {
      expect([status, body.error, headers.get('retry-after')]).toEqual([409, 'IN_PROGRESS', '1']);
    }
    expect(await stored([...ids][0])).toHaveLength(1);
    await other.stop();
  });
});

describe('revocation', () => {
  const works = async (one: RunningApi, header: string) =>
    (await call(one, header, 'POST', '/push/validate', pushBody([1]))).status === 200;

  test.each(['by the database alone', 'by the fan-out alone'])(
    'is effective on every api within 1 s (%s)',
    async (how) => {
      const fanOut = how === 'by the fan-out alone';
      // Deaf to the other way.
      const database = replaced(world.database, fanOut ? { changes: async () => 1 } : {});
      const apis = await Promise.all([world.api({}, { database }), world.api({}, { database })]);
      const { id, secret } = await world.app();
      const header = basic({ id, secret });
      for (const one of apis) expect(await works(one, header)).toBe(true);
      const [credential] = await world.database.credentials.list(id);
      if (credential === undefined) throw new Error('no credential');
      await world.database.credentials.revoke(credential.id);
      if (fanOut) await world.state.revoke({ kind: 'credential', app: id, credential_id: credential.id });
      const revokedAt = performance.now();
      for (const one of apis)
        await vi.waitUntil(async () => !(await works(one, header)), { timeout: 5_000, interval: 20 });
      expect(performance.now() - revokedAt).toBeLessThan(1_000);
      await Promise.all(apis.map((one) => one.stop()));
    },
  );

  test('a rotated secret works on in its grace time, and both are known', async () => {
    const { id, secret } = await world.app();
    const { secret: fresh } = await world.database.credentials.rotate(id, 3_600);
    for (const one of [secret, fresh]) expect(await works(api, basic({ id, secret: one }))).toBe(true);
  });

  test('an allow-list that was changed holds within 1 s', async () => {
    const { id, secret } = await world.app();
    expect(await works(api, basic({ id, secret }))).toBe(true);
    await world.database.apps.update(id, { settings: { address_allow_list: ['10.0.0.0/8'] } });
    await vi.waitUntil(async () => !(await works(api, basic({ id, secret }))), { timeout: 1_000, interval: 20 });
    const refused = await call(api, basic({ id, secret }), 'POST', '/push', pushBody([1]));
    expect([refused.status, refused.body.error]).toEqual([403, 'ADDRESS_NOT_ALLOWED']);
  });

  test('the last use of a credential is stored', async () => {
    const quick = await world.api({ API_LAST_USE_MS: '100' });
    const { id, secret } = await world.app();
    expect(await works(quick, basic({ id, secret }))).toBe(true);
    await vi.waitUntil(async () => (await world.database.credentials.list(id))[0]?.last_used_at != null, {
      timeout: 5_000,
    });
    await quick.stop();
  });
});

describe('history', () => {
  test('an app finds its own pushes, page by page, and nobody else does', async () => {
    const { id, secret } = await world.app();
    const mine = basic({ id, secret });
    const at = Date.now();
    const message_ids = Array.from(
      { length: 5 },
      (_, n) => (at + n).toString(16).padStart(12, '0') + String(n).repeat(20),
    );
    await world.archive.write({
      pushes: message_ids.map((message_id, n) => ({
        message_id,
        app: id,
        platforms: ['h5', 'ios'],
        message: { content: `content ${n}`, title: 't' },
        c_time: at + n,
        ttl_s: 60,
        accepted: 2,
        uids: ['ann', `u${n}`],
        partition: 0,
        offset: n,
        seq: String(n).padStart(22, '0'),
        queued_at: at + n,
      })),
      receipts: [{ message_id: message_ids[4] ?? '', app: id, uid: 'ann', written_at: at + 9, node: 'n1' }],
    });
    const first = await call(api, mine, 'GET', '/pushes?limit=3');
    expect(first.body.data.map(({ message_id }) => message_id)).toEqual(message_ids.slice(2).reverse());
    expect(first.body.data[0]).toEqual({
      message_id: message_ids[4],
      app_key: id,
      platform: 'h5,ios',
      message: { content: 'content 4', title: 't' },
      c_time: at + 4,
      ttl_s: 60,
      accepted: 2,
      counts: { queued: 1, written: 1 },
    });
    const rest = await call(api, mine, 'GET', `/pushes?limit=3&cursor=${encodeURIComponent(first.body.cursor ?? '')}`);
    expect(rest.body.data.map(({ message_id }) => message_id)).toEqual(message_ids.slice(0, 2).reverse());
    expect(rest.body).not.toHaveProperty('cursor');

    const found = async (query: string) => (await call(api, mine, 'GET', `/pushes?${query}`)).body.data.length;
    expect(await found('uid=u3')).toBe(1);
    expect(await found('status=written')).toBe(1);
    expect(await found(`from=${at + 3}`)).toBe(2);
    expect(await found(`to=${encodeURIComponent(new Date(at + 2).toISOString())}`)).toBe(2);

    const one = await call(api, mine, 'GET', `/pushes/${message_ids[4]}`);
    expect(one.body.data).toEqual([first.body.data[0]]);
    const rows = await call(api, mine, 'GET', `/pushes/${message_ids[4]}/deliveries?uid=ann`);
    expect(rows.body.data).toMatchObject([{ uid: 'ann', status: 'written', written_at: at + 9, node: 'n1' }]);
    expect(rows.body.data[0]).not.toHaveProperty('partition');

    expect((await get(`/pushes/${message_ids[4]}`)).status).toBe(404);
    expect((await get(`/pushes/${message_ids[4]}/deliveries`)).status).toBe(404);
    expect((await get('/pushes')).body.data).toEqual([]);
    const bad = await call(api, mine, 'GET', '/pushes?cursor=nonsense');
    expect([bad.status, bad.body.error]).toEqual([400, 'INVALID_QUERY']);
  });
});

describe('tokens', () => {
  test('a token says who it is for and ends when it says', async () => {
    const before = Date.now();
    const { data } = (await post('/tokens', { uid: 5, platform: 'pc', device_id: 'd', ttl_s: 60 })).body;
    const check = verifyAccessToken(
      String(data[0]?.token),
      api.deps.clusterSecrets,
      Math.floor(api.deps.clock.now() / 1_000),
    );
    expect(check).toMatchObject({ ok: true, claims: { app: app.id, uid: '5', platform: 'pc', device_id: 'd' } });
    expect(Math.abs(Number(data[0]?.expires_at) - before - world.time.aheadMs - 60_000)).toBeLessThan(2_000);
  });

  test('one token is revoked until it would have ended, by its own app alone', async () => {
    const { data } = (await post('/tokens', { uid: 6, platform: 'mobile' })).body;
    const token = String(data[0]?.token);
    const before = (await world.state.versions()).revocations;
    const stranger = basic(await world.app());
    const refused = await call(api, stranger, 'POST', '/tokens/revoke', { token });
    expect([refused.status, refused.body.details?.[0]?.path]).toEqual([400, 'token']);
    expect((await post('/tokens/revoke', { token })).status).toBe(200);
    expect((await world.state.revocations(before)).map(({ revocation }) => revocation)).toMatchObject([
      { kind: 'token', app: app.id, expires_at: data[0]?.expires_at },
    ]);
  });

  test('a token made after the revocation of its user was answered is good, every one before is not', async () => {
    const issue = async () => {
      const { data } = (await post('/tokens', { uid: 'u-rev', platform: 'pc' })).body;
      const check = verifyAccessToken(String(data[0]?.token), api.deps.clusterSecrets, 0);
      return check.ok ? check.claims.iat : 0;
    };
    const bind = (issued_at: number) =>
      world.state.inboxes.bind(
        { app: app.id, uid: 'u-rev' },
        {
          bind: { node: 'n', incarnation: 'none', ring_version: 0 },
          scope: 'p:h5',
          platform: 'h5',
          repeat: false,
          enqueued: SEQ_ZERO,
          cursor: SEQ_ZERO,
          issued_at,
        },
      );
    const old = await issue();
    expect((await post('/tokens/revoke', { uid: 'u-rev' })).status).toBe(200);
    expect((await bind(old)).revoked).toBe(true);
    expect((await bind(await issue())).revoked).toBe(false);
  });
});

describe('who is online', () => {
  let node: Server;
  let address: string;
  const asked: { method: string; path: string; authorization: string | undefined; body: string }[] = [];
  let sessions: SessionInfo[] = [];
  /** What happens before a node answers. */
  let onCall: (path: string) => Promise<unknown> = async () => undefined;

  beforeAll(async () => {
    // A node as its contract says: inner HTTP behind the cluster secret.
    node = createServer(async (request: IncomingMessage, response) => {
      let body = '';
      for await (const chunk of request) body += chunk;
      const { method = '', url = '', headers } = request;
      asked.push({ method, path: url, authorization: headers.authorization, body });
      await onCall(url);
      const answerOf = (text: string) => {
        const { session_id } = JSON.parse(text);
        const chosen = sessions.filter((one) => session_id === undefined || one.session_id === session_id);
        return { closed: chosen.length, session_ids: chosen.map((one) => one.session_id) };
      };
      response.end(JSON.stringify(url.startsWith('/v1/inner/sessions') ? sessions : answerOf(body)));
    });
    await new Promise<void>((listening) => node.listen(0, '127.0.0.1', listening));
    // A TCP server has an address with a port.
    address = `127.0.0.1:${(node.address() as AddressInfo).port}`;
    const members = [
      { id: 'node-1', incarnation: 'i-1', address, weight: 1, state: 'up' as const },
      { id: 'node-2', incarnation: 'i-2', address: '127.0.0.1:1', weight: 1, state: 'up' as const },
      { id: 'node-3', incarnation: 'i-3', address, weight: 1, state: 'up' as const },
    ];
    await world.state.ring.write({ version: 3, epoch: 1, nodes: members, at: 1, cause: 'test' }, 0);
  });

  afterAll(() => new Promise((closed) => node.close(closed)));

  const bound = (uid: string, bind: Parameters<World['state']['inboxes']['bind']>[1]['bind']) =>
    world.state.inboxes.bind(
      { app: app.id, uid },
      { bind, scope: 'p:h5', platform: 'h5', repeat: false, enqueued: SEQ_ZERO, cursor: SEQ_ZERO, issued_at: 0 },
    );

  test('those with a session on a node that lives', async () => {
    await bound('on', { node: 'node-1', incarnation: 'i-1', ring_version: 3 });
    await bound('left', { node: 'node-0', incarnation: 'i-0', ring_version: 2 });
    const { data } = (await post('/users/presence', { uids: ['on', 'left', 'never', 'on'] })).body;
    expect(data).toEqual([
      { uid: 'on', online: true },
      { uid: 'left', online: false },
      { uid: 'never', online: false },
    ]);
    expect((await post('/push/validate', pushBody(['on', 'left']))).body.data[0]).toMatchObject({ online: ['on'] });
  });

  test('their sessions, and closing one or all of them', async () => {
    const session = { gateway: 'g', node: 'node-1', platform: 'h5', since: 5 };
    sessions = [
      { ...session, session_id: 's1' },
      { ...session, session_id: 's2' },
    ];
    expect((await get('/users/on/sessions')).body.data).toEqual(sessions);
    expect((await post('/users/on/disconnect', { session_id: 's2' })).body.data).toEqual([{ sessions: 1 }]);
    expect((await post('/users/on/disconnect')).body.data).toEqual([{ sessions: 2 }]);
    expect((await get('/users/never/sessions')).body.data).toEqual([]);
    const told = asked.filter(({ method }) => method === 'POST');
    expect(told.map(({ body }) => JSON.parse(body))).toEqual([
      { app: app.id, uid: 'on', session_id: 's2', code: 4503 },
      { app: app.id, uid: 'on', code: 4503 },
    ]);
    expect(asked.every((one) => one.authorization === `Bearer ${api.deps.clusterSecrets[0]}`)).toBe(true);
  });

  test('a session that moves while it is looked for is found, at whichever node it is then', async () => {
    const from = { node: 'node-1', incarnation: 'i-1', ring_version: 3 };
    const to = { node: 'node-3', incarnation: 'i-3', ring_version: 3 };
    const session = { session_id: 's1', gateway: 'g', node: 'node-1', platform: 'h5', since: 5 };
    for (const [call, answer] of [
      [() => get('/users/mover/sessions'), [session]],
      [() => post('/users/mover/disconnect'), [{ sessions: 1 }]],
    ] as const) {
      await bound('mover', from);
      sessions = [];
      let calls = 0;
      onCall = async () => {
        if (calls++ > 0) sessions = [session];
        else await bound('mover', to);
      };
      expect((await call()).body.data).toEqual(answer);
      expect(calls).toBe(2);
      onCall = async () => undefined;
      for (const { node, incarnation } of [from, to])
        await world.state.inboxes.unbind([{ app: app.id, uid: 'mover', node, incarnation }]);
    }
  });

  test('a session that both nodes of its move have is listed and counted once', async () => {
    await bound('both', { node: 'node-1', incarnation: 'i-1', ring_version: 3 });
    await bound('both', { node: 'node-3', incarnation: 'i-3', ring_version: 3 });
    sessions = [{ session_id: 's1', gateway: 'g', node: 'node-1', platform: 'h5', since: 5 }];
    expect((await get('/users/both/sessions')).body.data).toEqual(sessions);
    expect((await post('/users/both/disconnect')).body.data).toEqual([{ sessions: 1 }]);
  });

  test('revoking a user closes the sessions with 4502', async () => {
    asked.length = 0;
    expect((await post('/tokens/revoke', { uid: 'on' })).status).toBe(200);
    const told = asked.filter(({ path }) => path === '/v1/inner/disconnect');
    expect(told.map(({ body }) => JSON.parse(body))).toEqual([{ app: app.id, uid: 'on', code: 4502 }]);
  });

  test('a node that does not answer is a 503 that names no address', async () => {
    await bound('far', { node: 'node-2', incarnation: 'i-2', ring_version: 3 });
    const answer = await get('/users/far/sessions');
    expect([answer.status, answer.body.error, answer.headers.get('retry-after')]).toEqual([
      503,
      'NODE_UNAVAILABLE',
      '1',
    ]);
    expect(JSON.stringify(answer.body)).not.toContain('127.0.0.1');
  });

  test('whom no node can tell is closed by the gateways, up to the moment of the call', async () => {
    await bound('gone', { node: 'node-2', incarnation: 'i-2', ring_version: 3 });
    const { revocations: last } = await world.state.versions();
    const from = world.time.aheadMs + Date.now();
    expect((await post('/users/gone/disconnect', { session_id: 's1' })).body.data).toEqual([{ sessions: 0 }]);
    expect((await post('/users/never/disconnect')).body.data).toEqual([{ sessions: 0 }]);
    const told = (await world.state.revocations(last)).map(({ revocation }) => revocation);
    const meant = { kind: 'sessions', app: app.id, code: 4503, before: expect.any(Number) };
    expect(told).toEqual([
      { ...meant, uid: 'gone', session_id: 's1' },
      { ...meant, uid: 'never' },
    ]);
    for (const each of told) {
      const { before } = each as { before: number }; // of both, as compared above
      expect(before).toBeGreaterThanOrEqual(from);
      expect(before).toBeLessThanOrEqual(world.time.aheadMs + Date.now());
    }
  });
});
