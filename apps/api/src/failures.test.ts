// Longer than other files: opening a world with its database takes seconds, so that these tests share one.
import { ApiError, ERRORS, type ErrorCode, messageIdAt } from '@message-push/protocol';
import { Metrics } from '@message-push/runtime';
import { Client } from 'undici';
import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest';
import { type ApiDeps, buildApp } from './app.ts';
import { placeText } from './dead-letters.ts';
import { operatorAt } from './routes/admin/fixture-operators.ts';
import { type Answer, basic, call, openWorld, pushBody, type RunningApi, replaced, type World } from './world.ts';

let world: World;
let api: RunningApi;
let authorization: string;
/** Which engine is away now. */
const away = { bus: false, state: false, archive: false, database: false };

/** An engine whose calls all fail with `code` while it is away. */
function failing<T extends object>(engine: T, code: ErrorCode, isAway: () => boolean): T {
  return new Proxy(engine, {
    get(target, name) {
      const value: unknown = Reflect.get(target, name);
      if (typeof value === 'object' && value !== null) return failing(value, code, isAway);
      if (typeof value !== 'function') return value;
      return (...args: unknown[]) =>
        isAway()
          ? Promise.reject(new ApiError(code, { cause: new Error('secret detail') }))
          : value.apply(target, args);
    },
  });
}

beforeAll(async () => {
  world = await openWorld();
  api = await world.api(
    {},
    {
      bus: failing(world.bus, 'BUS_UNAVAILABLE', () => away.bus),
      state: failing(world.state, 'STATE_UNAVAILABLE', () => away.state),
      archive: failing(world.archive, 'ARCHIVE_UNAVAILABLE', () => away.archive),
      database: failing(world.database, 'DATABASE_UNAVAILABLE', () => away.database),
    },
  );
  authorization = basic(await world.app({ requests_per_second: 100_000 }));
  await push();
}, 60_000);

afterAll(() => world.close());

const push = (headers: Record<string, string> = {}, body: unknown = pushBody([1])) =>
  call(api, authorization, 'POST', '/push', body, headers);

/** Runs `work` while an engine is away. */
async function without<T>(engine: keyof typeof away, work: () => Promise<T>): Promise<T> {
  away[engine] = true;
  try {
    return await work();
  } finally {
    away[engine] = false;
  }
}

describe('an engine that is away', () => {
  test('bus: pushes get 503 and nothing is sent; the key is free again; all else goes on', async () => {
    await without('bus', async () => {
      for (const headers of [{}, { 'idempotency-key': 'bus-away' }]) {
        const answer = await push(headers);
        expect([answer.status, answer.body.error]).toEqual([503, 'BUS_UNAVAILABLE']);
        expect(answer.headers.get('retry-after')).toBe('1');
        expect(JSON.stringify(answer.body)).not.toContain('secret detail');
      }
      expect((await call(api, authorization, 'GET', '/pushes')).status).toBe(200);
    });
    expect((await push({ 'idempotency-key': 'bus-away' })).status).toBe(200);
  });

  test('state: plain pushes are accepted, keyed and device pushes get 503', async () => {
    await without('state', async () => {
      for (let at = 0; at < 5; at++) expect((await push()).status).toBe(200);
      const refused = [
        await push({ 'idempotency-key': 'state-away' }),
        await push({}, { ...pushBody([1]), audience: { device_ids: ['d'] } }),
        await call(api, authorization, 'POST', '/users/presence', { uids: [1] }),
        await call(api, authorization, 'POST', '/tokens/revoke', { uid: 1 }),
      ];
      for (const { status, body } of refused) expect([status, body.error]).toEqual([503, 'STATE_UNAVAILABLE']);
      const { body } = await call(api, authorization, 'POST', '/push/batch', {
        pushes: [pushBody([1]), { ...pushBody([1]), idempotency_key: 'x' }],
      });
      expect(body.data).toMatchObject([{ code: 1 }, { code: 503, error: 'STATE_UNAVAILABLE' }]);
    });
    expect((await push({ 'idempotency-key': 'state-away' })).status).toBe(200);
  });

  test('database: known credentials work on, unknown ones get 503', async () => {
    const fresh = basic(await world.app());
    await without('database', async () => {
      expect((await push()).status).toBe(200);
      const answer = await call(api, fresh, 'POST', '/push', pushBody([1]));
      expect([answer.status, answer.body.error]).toEqual([503, 'DATABASE_UNAVAILABLE']);
      expect((await call(api, '', 'GET', '/admin/v1/session', undefined, { cookie: 'mp_session=x' })).status).toBe(503);
    });
    expect((await call(api, fresh, 'POST', '/push', pushBody([1]))).status).toBe(200);
  });

  test('archive: only the history gets 503', async () => {
    await without('archive', async () => {
      expect((await push()).status).toBe(200);
      for (const path of ['/pushes', `/pushes/${'a'.repeat(32)}`]) {
        const answer = await call(api, authorization, 'GET', path);
        expect([answer.status, answer.body.error]).toEqual([503, 'ARCHIVE_UNAVAILABLE']);
      }
    });
  });
});

/** An api whose bus answers when the test lets it, with what the test says. */
async function heldApi(env: Record<string, string>) {
  const held: { go: () => void; fail: (error: unknown) => void }[] = [];
  const bus = replaced(world.bus, {
    publish: async (topic, records) => {
      await new Promise<void>((go, fail) => held.push({ go, fail }));
      return world.bus.publish(topic, records);
    },
  });
  const one = await world.api(env, { bus });
  const release = () => {
    for (const { go } of held.splice(0)) go();
  };
  return { one, held, release };
}

describe('a push whose fate is unknown', () => {
  test('says so with its message id; retries wait, and get the answer once it is stored', async () => {
    const { one, held, release } = await heldApi({ API_PUBLISH_DEADLINE_MS: '100' });
    const keyed = () => call(one, authorization, 'POST', '/push', pushBody(['late']), { 'idempotency-key': 'late' });
    const first = await keyed();
    expect([first.status, first.body.error, first.headers.get('retry-after')]).toEqual([503, 'PUBLISH_UNKNOWN', '1']);
    const id = /[0-9a-f]{32}/.exec(first.body.msg)?.[0];
    expect(id).toBeDefined();
    for (const each of [one, api]) {
      const retry = await call(each, authorization, 'POST', '/push', pushBody(['late']), { 'idempotency-key': 'late' });
      expect([retry.status, retry.body.error]).toEqual([409, 'IN_PROGRESS']);
    }
    const before = (await world.bus.describe('pushes')).ends;
    expect(held).toHaveLength(1);
    release();
    await vi.waitUntil(async () => (await keyed()).status === 200, { timeout: 5_000 });
    expect((await keyed()).body.data[0]?.message_id).toBe(id);
    const after = (await world.bus.describe('pushes')).ends;
    expect(after.reduce((sum, end, at) => sum + end - (before[at] ?? 0), 0)).toBe(1);
    await one.stop();
  });

  test('of a batch names the message in its row', async () => {
    const { one, release } = await heldApi({ API_PUBLISH_DEADLINE_MS: '100' });
    const { body } = await call(one, authorization, 'POST', '/push/batch', { pushes: [pushBody([1])] });
    expect(body.data).toMatchObject([
      { code: 503, error: 'PUBLISH_UNKNOWN', message_id: expect.stringMatching(/^[0-9a-f]{32}$/) },
    ]);
    release();
    await one.stop();
  });

  test('that an api left behind is published again by another, under the same id, marked', async () => {
    const published: string[] = [];
    const { one, held } = await heldApi({ API_PUBLISH_DEADLINE_MS: '100', API_ANNOUNCE_MS: '200', API_DRAIN_MS: '0' });
    const headers = { 'idempotency-key': 'left behind' };
    const first = await call(one, authorization, 'POST', '/push', pushBody(['again']), headers);
    expect(first.body.error).toBe('PUBLISH_UNKNOWN');
    const id = /[0-9a-f]{32}/.exec(first.body.msg)?.[0];
    // It dies: what it had under way is lost, and it is not announced any more.
    const stopped = one.stop();
    await vi.waitUntil(
      async () => {
        const living = (await world.state.announced('api')).map(({ id: living }) => living);
        return !living.includes(one.deps.incarnation);
      },
      { timeout: 5_000 },
    );
    const bus = replaced(world.bus, {
      publish: (topic, records) => {
        for (const { value } of records) published.push(Buffer.from(value).toString());
        return world.bus.publish(topic, records);
      },
    });
    const next = await world.api({}, { bus });
    const second = await call(next, authorization, 'POST', '/push', pushBody(['again']), headers);
    expect(second.body.data[0]?.message_id).toBe(id);
    expect(published).toHaveLength(1);
    expect(JSON.parse(published[0] ?? '')).toMatchObject({ pushes: [{ message_id: id, again: true }] });
    for (const { fail } of held) fail(new ApiError('BUS_UNAVAILABLE'));
    await Promise.all([stopped, next.stop()]);
  });

  test('whose key state takes only after its api had given up is published once, by whoever is asked again', async () => {
    let takenLate: (() => Promise<unknown>) | undefined;
    const published: string[] = [];
    const bus = replaced(world.bus, {
      publish: (topic, records) => {
        for (const { value } of records) published.push(Buffer.from(value).toString());
        return world.bus.publish(topic, records);
      },
    });
    const state = replaced(world.state, {
      beginIdempotent: (...args) => {
        takenLate = () => world.state.beginIdempotent(...args);
        return Promise.reject(new ApiError('STATE_UNAVAILABLE'));
      },
    });
    const [slow, other] = [await world.api({ API_ANNOUNCE_MS: '300' }, { bus, state }), await world.api({}, { bus })];
    const keyed = (at: RunningApi) =>
      call(at, authorization, 'POST', '/push', pushBody(['once']), { 'idempotency-key': 'taken late' });
    expect((await keyed(slow)).body.error).toBe('STATE_UNAVAILABLE');
    await takenLate?.();
    await vi.waitUntil(async () => (await keyed(other)).status === 200, { timeout: 5_000, interval: 50 });
    expect((await keyed(other)).status).toBe(200);
    expect(published).toHaveLength(1);
    await Promise.all([slow.stop(), other.stop()]);
  });
});

describe('life cycle', () => {
  const deps = (over: Partial<ApiDeps> = {}): ApiDeps => ({
    ...api.deps,
    metrics: new Metrics(),
    incarnation: 'other-one',
    ...over,
  });

  test('before the start only health is served', async () => {
    const app = buildApp(deps());
    const url = `http://${await app.listen({ host: '127.0.0.1', port: 0 })}`;
    expect((await call({ url }, authorization, 'GET', '/healthz')).status).toBe(200);
    const ready = await call({ url }, authorization, 'GET', '/readyz');
    expect([ready.status, ready.body.error]).toEqual([503, 'NOT_READY']);
    const refused = await call({ url }, authorization, 'POST', '/push', pushBody([1]));
    expect([refused.status, refused.body.error]).toEqual([503, 'NOT_READY']);
    expect(app.missing()).toEqual(['it has not been started']);
    await app.start();
    expect(app.missing()).toEqual([]);
    expect((await call({ url }, authorization, 'GET', '/readyz')).status).toBe(200);
    await app.stop();
  });

  test('it waits for a bus that is away at the start, and says what is missing', async () => {
    let busAway = true;
    const app = buildApp(deps({ bus: failing(world.bus, 'BUS_UNAVAILABLE', () => busAway) }));
    const url = `http://${await app.listen({ host: '127.0.0.1', port: 0 })}`;
    const started = app.start();
    const ready = await call({ url }, '', 'GET', '/readyz');
    expect(ready.body.msg).toContain('the log of pushes is not open');
    const refused = await call({ url }, authorization, 'POST', '/push', pushBody([1]));
    expect(refused.body.error).toBe('BUS_UNAVAILABLE');
    busAway = false;
    await started;
    expect((await call({ url }, authorization, 'POST', '/push', pushBody([1]))).status).toBe(200);
    await app.stop();
  });

  test('a stop ends what is under way, takes in nothing new, and frees the port', async () => {
    const { one, held, release } = await heldApi({});
    const under = call(one, authorization, 'POST', '/push', pushBody(['drain']));
    await vi.waitUntil(() => held.length === 1);
    const stopped = one.stop();
    // A connection that was open already still hears why.
    release();
    expect((await under).status).toBe(200);
    await stopped;
    await expect(fetch(one.url)).rejects.toThrow();
  });

  test('a log that others read on while an api looked at its ends stays as it is', async () => {
    const before = (await world.state.logSeen())?.generation ?? 0;
    const describe: World['bus']['describe'] = async (topic) => {
      const description = await world.bus.describe(topic);
      await world.state.sawOffsets(before, { 0: 1_000_000_000 });
      return description;
    };
    const next = await world.api({}, { bus: replaced(world.bus, { describe }) });
    const after = await world.state.logSeen();
    expect(after).toMatchObject({ generation: before, offsets: { 0: 1_000_000_000 } });
    await next.stop();
  });
});

/** How to bring about every code that the document promises. */
const REACHED: Partial<Record<ErrorCode, () => Promise<Answer>>> = {
  INVALID_BODY: () => push({}, {}),
  NOT_JSON: () => push({}, 'x'),
  INVALID_QUERY: () => call(api, authorization, 'GET', '/pushes?status=x'),
  INVALID_HEADER: () => push({ 'idempotency-key': 'k'.repeat(201) }),
  INVALID_AUTHORIZATION: () => call(api, '', 'POST', '/push', {}),
  NOT_FOUND: () => call(api, authorization, 'GET', '/pushes/x'),
  BODY_TOO_LARGE: () => push({}, 'x'.repeat(300_000)),
  UNSUPPORTED_MEDIA_TYPE: () => push({ 'content-type': 'text/plain' }),
  BUS_UNAVAILABLE: () => without('bus', () => push()),
  STATE_UNAVAILABLE: () => without('state', () => push({ 'idempotency-key': 'reach' })),
  ARCHIVE_UNAVAILABLE: () => without('archive', () => call(api, authorization, 'GET', '/pushes')),
  NOT_RECORDED: async () => {
    const one = await world.api({ API_RECALL_WAIT_MS: '0' });
    const young = messageIdAt(Date.now(), new Uint8Array(10));
    const answer = await call(one, authorization, 'POST', `/pushes/${young}/recall`);
    await one.stop();
    return answer;
  },
  NOT_SIGNED_IN: () => call(api, '', 'GET', '/admin/v1/health'),
  FORBIDDEN: () => call(api, '', 'DELETE', '/admin/v1/session', undefined, { 'sec-fetch-site': 'cross-site' }),
  WRONG_PASSWORD: () => call(api, '', 'POST', '/admin/v1/session', { email: 'nobody@example.com', password: 'x' }),
  START_PASSWORD: async () => {
    const { id, ask } = await operatorAt(world, api, 'viewer');
    const [session] = await world.database.operators.sessions(id);
    await world.database.operators.setPassword(id, 'another long password', true, session?.id);
    return ask('GET', '/health');
  },
  TAKEN: async () => {
    const { id } = await world.app();
    return (await operatorAt(world, api, 'admin')).ask('POST', '/apps', { id, name: 'x' });
  },
  CONFIRM: async () => {
    const { id } = await world.app();
    await world.database.apps.update(id, { state: 'disabled' });
    return (await operatorAt(world, api, 'admin')).ask('DELETE', `/apps/${id}`, { confirm: 'x' });
  },
  NOT_DISABLED: async () => {
    const { id } = await world.app();
    return (await operatorAt(world, api, 'admin')).ask('DELETE', `/apps/${id}`, { confirm: id });
  },
  LAST_ADMIN: async () => {
    const { id, ask } = await operatorAt(world, api, 'admin');
    for (const other of await world.database.operators.list())
      if (other.id !== id) await world.database.operators.update(other.id, { disabled: true });
    return ask('PATCH', `/operators/${id}`, { role: 'viewer' });
  },
  WRONG_CODE: () => {
    const body = { code: 'x', email: 'first@example.com', name: 'x', password: 'a long enough password' };
    return call(api, '', 'POST', '/admin/v1/setup', body);
  },
  NOT_REPLAYABLE: async () => {
    const [offset = 0] = await world.bus.publish('dead', [{ partition: 0, value: Buffer.from('no letter') }]);
    const place = { log: (await world.bus.describe('dead')).busId, partition: 0, offset };
    return (await operatorAt(world, api, 'operator')).ask('POST', `/dead-letters/${placeText(place)}/replay`);
  },
  DATABASE_UNAVAILABLE: async () => {
    const fresh = basic(await world.app());
    return without('database', () => call(api, fresh, 'GET', '/pushes'));
  },
  ADDRESS_NOT_ALLOWED: async () =>
    call(api, basic(await world.app({ address_allow_list: ['10.0.0.0/8'] })), 'GET', '/pushes'),
  RATE_LIMITED: async () => {
    const slow = basic(await world.app({ requests_per_second: 1 }));
    const [, second] = [await call(api, slow, 'GET', '/pushes'), await call(api, slow, 'GET', '/pushes')];
    expect(second?.headers.get('retry-after')).toBe('1');
    return second ?? Promise.reject(new Error('no answer'));
  },
  IDEMPOTENCY_MISMATCH: async () => {
    await push({ 'idempotency-key': 'mismatch' });
    return push({ 'idempotency-key': 'mismatch' }, pushBody([2]));
  },
  IN_PROGRESS: async () => {
    const { one, held, release } = await heldApi({});
    const first = call(one, authorization, 'POST', '/push', pushBody([1]), { 'idempotency-key': 'progress' });
    await vi.waitUntil(() => held.length === 1);
    const answer = await push({ 'idempotency-key': 'progress' });
    release();
    await first;
    await one.stop();
    return answer;
  },
  PUBLISH_UNKNOWN: async () => {
    const { one, release } = await heldApi({ API_PUBLISH_DEADLINE_MS: '50' });
    const answer = await call(one, authorization, 'POST', '/push', pushBody([1]));
    release();
    await one.stop();
    return answer;
  },
  OVERLOADED: async () => {
    const { one, held, release } = await heldApi({ API_PUBLISH_QUEUE_MAX: '1' });
    const send = () => call(one, authorization, 'POST', '/push', pushBody([1]));
    const first = send();
    await vi.waitUntil(() => held.length === 1);
    const answers = Promise.race([send(), send()]);
    const answer = await answers;
    release();
    await first;
    await vi.waitUntil(() => held.length === 1);
    release();
    await one.stop();
    return answer;
  },
  NODE_UNAVAILABLE: async () => {
    const members = [{ id: 'n', incarnation: 'i', address: '127.0.0.1:1', weight: 1, state: 'up' as const }];
    await world.state.ring.write({ version: 1, epoch: 1, nodes: members, at: 1, cause: 'test' }, 0);
    const { id, secret } = await world.app();
    const zero = '0'.repeat(22);
    const bind = { node: 'n', incarnation: 'i', ring_version: 1 };
    const session = { scope: 'p:h5', platform: 'h5', repeat: false, enqueued: zero, cursor: zero, issued_at: 0 };
    await world.state.inboxes.bind({ app: id, uid: 'u' }, { ...session, bind });
    return call(api, basic({ id, secret }), 'GET', '/users/u/sessions');
  },
  LAST_NODE: async () => {
    const members = [{ id: 'last', incarnation: 'i', address: '127.0.0.1:1', weight: 1, state: 'up' as const }];
    const version = (await world.state.ring.read()).version + 1;
    await world.state.ring.write({ version, epoch: 1, nodes: members, at: 1, cause: 'test' }, version - 1);
    const { ask } = await operatorAt(world, api, 'operator');
    const drain = () => ask('POST', '/nodes/last/drain', { confirm: 'last' });
    // The api reads the ring now and then.
    await vi.waitUntil(async () => (await drain()).body.error !== 'NOT_FOUND', { timeout: 10_000 });
    return drain();
  },
  INTERNAL: async () => {
    const archive = replaced(world.archive, { search: () => Promise.reject(new TypeError('secret detail')) });
    const one = await world.api({}, { archive });
    const answer = await call(one, authorization, 'GET', '/pushes');
    expect(JSON.stringify(answer.body)).not.toContain('secret detail');
    await one.stop();
    return answer;
  },
  NOT_READY: async () => {
    const app = buildApp({ ...api.deps, metrics: new Metrics() });
    const url = `http://${await app.listen({ host: '127.0.0.1', port: 0 })}`;
    const answer = await call({ url }, '', 'GET', '/readyz');
    await app.stop();
    return answer;
  },
  DRAINING: async () => {
    const { one, held, release } = await heldApi({});
    // Two requests on one connection: the first keeps it open until the second has been answered.
    const client = new Client(one.url, { pipelining: 2 });
    const path = '/message-push/v1/push';
    const headers = { authorization, 'content-type': 'application/json', 'accept-language': 'en' };
    const send = () =>
      client.request({
        path,
        method: 'POST',
        headers,
        body: JSON.stringify(pushBody([1])),
        idempotent: true,
        blocking: false,
      });
    const first = send();
    await vi.waitUntil(() => held.length === 1);
    const stopped = one.stop();
    const second = send();
    await vi.waitUntil(async () =>
      (await one.deps.metrics.getSingleMetricAsString('mp_api_errors_total')).includes('DRAINING'),
    );
    release();
    expect((await first).statusCode).toBe(200);
    await (await first).body.dump();
    const { statusCode, body } = await second;
    // As `call` answers it; asserted field by field.
    const answer = { status: statusCode, headers: new Headers(), body: (await body.json()) as Answer['body'] };
    await Promise.all([client.close(), stopped]);
    return answer;
  },
};

describe('error codes', () => {
  // Not a row of the table is trusted: each is brought about over HTTP.
  test.each(Object.entries(REACHED))('%s is reachable with its status', async (code, reach) => {
    const { status, body } = await reach();
    // The keys of REACHED are codes.
    expect([status, body.error, body.code]).toEqual([ERRORS[code as ErrorCode].http, code, status]);
    expect(body.request_id).toMatch(/\S/);
    expect(body.msg).not.toMatch(/[{}]/);
  });

  test('the document promises these codes and no others', async () => {
    const document = (await (await fetch(`${api.url}/openapi.json`)).json()) as {
      paths: Record<string, Record<string, { responses: Record<string, { description: string }> }>>;
    };
    const promised = new Set<string>();
    for (const path of Object.values(document.paths))
      for (const { responses } of Object.values(path))
        for (const [status, { description }] of Object.entries(responses)) {
          if (Number(status) < 400) continue;
          for (const code of description.split(', ')) promised.add(code);
        }
    expect([...promised].sort()).toEqual(Object.keys(REACHED).sort());
  });
});
