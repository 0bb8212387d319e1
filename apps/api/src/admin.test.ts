import { healthReportSchema } from '@message-push/protocol/admin';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { basic, call, openWorld, pushBody, type RunningApi, type World } from './world.ts';

let world: World;
let api: RunningApi;
const operator = { email: 'Op@example.com', password: 'a long enough password' };

beforeAll(async () => {
  world = await openWorld();
  api = await world.api({ API_SIGN_INS_PER_MINUTE: '5', API_CONSOLE_ORIGINS: 'http://console.example:3000' });
  await world.database.operators.create({ ...operator, name: 'Op', role: 'admin', must_change_password: false });
}, 60_000);

afterAll(() => world.close());

const signIn = (body: unknown = operator, headers: Record<string, string> = {}) =>
  call(api, '', 'POST', '/admin/v1/session', body, headers);

async function cookieOf(headers: Record<string, string> = {}): Promise<string> {
  return (await signIn(operator, headers)).headers.get('set-cookie')?.split(';', 1)[0] ?? '';
}

describe("an operator's session", () => {
  test('begins with the password, is a cookie that scripts cannot read, and ends', async () => {
    const answer = await signIn();
    expect(answer.status).toBe(200);
    expect(answer.body.data).toMatchObject([{ operator: { name: 'Op', role: 'admin', must_change_password: false } }]);
    const set = answer.headers.get('set-cookie') ?? '';
    expect(set).toMatch(/^mp_session=[^;]+; /);
    for (const part of ['HttpOnly', 'SameSite=Lax', 'Path=/']) expect(set).toContain(part);
    expect(set).not.toContain('Secure');
    const cookie = set.split(';', 1)[0] ?? '';
    expect((await call(api, '', 'GET', '/admin/v1/session', undefined, { cookie })).body.data).toEqual(
      answer.body.data,
    );
    const out = await call(api, '', 'DELETE', '/admin/v1/session', undefined, { cookie });
    expect(out.status).toBe(200);
    expect(out.headers.get('set-cookie')).toMatch(/^mp_session=;.*Expires=Thu, 01 Jan 1970/);
    for (const path of ['/admin/v1/session', '/admin/v1/health']) {
      const after = await call(api, '', 'GET', path, undefined, { cookie });
      expect([after.status, after.body.error]).toEqual([401, 'NOT_SIGNED_IN']);
    }
  });

  test.each(['', 'mp_session=', 'mp_session=x', `mp_session=${'x'.repeat(1_000)}`, 'mp_session=a%00b'])(
    'is not made up: %j',
    async (cookie) => {
      for (const path of ['/admin/v1/session', '/admin/v1/health'])
        expect((await call(api, '', 'GET', path, undefined, { cookie })).status).toBe(401);
    },
  );

  test('an app credential opens no door of operators', async () => {
    expect((await call(api, basic(await world.app()), 'GET', '/admin/v1/health')).status).toBe(401);
  });

  test.each([
    [{}, ['email', 'password']],
    [{ email: 5, password: 'x' }, ['email']],
    [{ email: 'a\0', password: 'x' }, ['email']],
    [{ email: 'a', password: 'x\0' }, ['password']],
  ])('the sign-in %j names its fields', async (body, fields) => {
    const answer = await signIn(body);
    expect([answer.status, answer.body.details?.map(({ path }) => path)]).toEqual([400, fields]);
  });

  test('who guesses waits, by name and by address', async () => {
    const guess = (email: string, password: string) => signIn({ email, password });
    for (let at = 0; at < 5; at++)
      expect((await guess('guessed@example.com', `p${at}`)).body.error).toBe('WRONG_PASSWORD');
    const limited = await guess('guessed@example.com', 'p');
    expect([limited.status, limited.body.error]).toEqual([429, 'RATE_LIMITED']);
    expect(Number(limited.headers.get('retry-after'))).toBeGreaterThan(50);
    expect((await signIn()).status).toBe(429);
    world.time.aheadMs += 60_000;
    expect((await signIn()).status).toBe(200);
  });
});

describe('another site', () => {
  const host = () => new URL(api.url).host;

  test.each<[string, Record<string, string>, number]>([
    ['a page of another site', { 'sec-fetch-site': 'cross-site', origin: 'http://evil.example' }, 403],
    ['a sister domain', { 'sec-fetch-site': 'same-site', origin: 'http://b.example' }, 403],
    ['an old browser elsewhere', { origin: 'http://evil.example' }, 403],
    ['a page without an origin', { origin: 'null' }, 403],
    ['our own page', { 'sec-fetch-site': 'same-origin', origin: 'http://a.example' }, 200],
    ['the address bar', { 'sec-fetch-site': 'none' }, 200],
    [
      'the console behind its own server',
      { 'sec-fetch-site': 'cross-site', origin: 'http://console.example:3000' },
      200,
    ],
    ['no browser', {}, 200],
  ])('%s', async (_name, headers, status) => {
    expect((await signIn(operator, headers)).status).toBe(status);
  });

  test('an old browser on our own page', async () => {
    expect((await signIn(operator, { origin: `http://${host()}` })).status).toBe(200);
  });

  test('may not end a session either', async () => {
    const cookie = await cookieOf();
    const headers = { cookie, 'sec-fetch-site': 'cross-site' };
    expect((await call(api, '', 'DELETE', '/admin/v1/session', undefined, headers)).status).toBe(403);
    expect((await call(api, '', 'GET', '/admin/v1/session', undefined, { cookie })).status).toBe(200);
  });
});

describe('the health report', () => {
  test('names what is missing, in sentences, and counts what is there', async () => {
    const cookie = await cookieOf();
    await call(api, basic(await world.app()), 'POST', '/push', pushBody([1]));
    const answer = await call(api, '', 'GET', '/admin/v1/health', undefined, { cookie });
    const [report] = answer.body.data.map((row) => healthReportSchema.parse(row));
    expect(report).toMatchObject({ healthy: false, ring: { version: 0, nodes: [] }, users_online: 0 });
    expect(report?.problems).toEqual(['no node is on the ring', 'no gateway has announced itself']);
    expect(report?.engines.map(({ name, ok }) => [name, ok])).toEqual(
      ['bus', 'registry', 'state', 'archive', 'database'].map((name) => [name, true]),
    );
    expect(report?.delivery.lag).toBe(1);
  });

  test('says which node does not answer and which gateway leads', async () => {
    const cookie = await cookieOf();
    const members = [{ id: 'n1', incarnation: 'i', address: '127.0.0.1:1', weight: 1, state: 'up' as const }];
    await world.state.ring.write({ version: 7, epoch: 1, nodes: members, at: 1, cause: 'test' }, 0);
    await world.state.announce(
      'gateway',
      'g1',
      60_000,
      JSON.stringify({
        sessions: 3,
        unsettled: 2,
        links: [
          { node: 'n1', open: true },
          { node: 'n2', open: false },
        ],
        leads_ring: true,
      }),
    );
    world.time.aheadMs += 1_000;
    const report = async () => (await call(api, '', 'GET', '/admin/v1/health', undefined, { cookie })).body.data[0];
    await expect.poll(report, { timeout: 5_000, interval: 50 }).toMatchObject({ ring: { version: 7 } });
    world.time.aheadMs += 1_000;
    expect(await report()).toMatchObject({
      ring: { leader: 'g1', nodes: [{ id: 'n1', share: 1, problem: 'node n1 does not answer' }] },
      gateways: [{ id: 'g1', sessions: 3, links: 1 }],
      sessions_off_owner: 2,
      problems: ['node n1 does not answer'],
    });
  });
});

describe('the documentation', () => {
  test('lists every route with its schemas, as OpenAPI 3.1', async () => {
    const document = (await (await fetch(`${api.url}/openapi.json`)).json()) as {
      openapi: string;
      info: { title: string; version: string };
      paths: Record<string, Record<string, { summary: string; responses: object; requestBody?: object }>>;
    };
    expect(document.openapi).toBe('3.1.0');
    // Those of the console are in rights.test.ts.
    const listed = Object.entries(document.paths)
      .filter(([path]) => !path.startsWith('/admin/v1'))
      .flatMap(([path, methods]) => Object.keys(methods).map((method) => `${method.toUpperCase()} ${path}`));
    const base = '/message-push/v1';
    expect(listed.sort()).toEqual(
      [
        ...[
          '/push',
          '/push/batch',
          '/push/validate',
          '/pushes/{message_id}/recall',
          '/tokens',
          '/tokens/revoke',
          '/users/presence',
          '/users/{uid}/disconnect',
        ].map((path) => `POST ${base}${path}`),
        ...['/pushes', '/pushes/{message_id}', '/pushes/{message_id}/deliveries', '/users/{uid}/sessions', '/docs'].map(
          (path) => `GET ${base}${path}`,
        ),
        'GET /metrics',
        `DELETE ${base}/users/{uid}`,
        ...['/healthz', '/readyz', '/openapi.json'].flatMap((path) => [`GET ${path}`, `GET ${base}${path}`]),
      ].sort(),
    );
    for (const [path, methods] of Object.entries(document.paths))
      for (const [method, { summary, responses, requestBody }] of Object.entries(methods)) {
        expect(summary).toMatch(/\S/);
        expect(Object.keys(responses).length).toBeGreaterThan(0);
        if (method === 'post' && !path.startsWith('/admin/v1') && !path.endsWith('/recall'))
          expect(requestBody).toBeDefined();
      }
    const push = document.paths[`${base}/push`]?.post;
    expect(JSON.stringify(push?.requestBody)).toContain('"push_method"');
  });

  test('is a page that loads everything from here', async () => {
    for (const path of ['/docs', '/docs/', '/message-push/v1/docs']) {
      const page = await fetch(api.url + path);
      const html = await page.text();
      expect(page.status).toBe(200);
      const policy = page.headers.get('content-security-policy') ?? '';
      expect(policy).toContain("script-src 'self'");
      expect(policy).not.toContain('unsafe');
      expect(html).not.toMatch(/(?:src|href)="(?:https?:)?\/\//);
      expect(html).not.toMatch(/<script>|<style>| on\w+=/);
      const sources = [...html.matchAll(/(?:src|href)="([^"]+)"/g)].map(
        ([, source]) => new URL(source ?? '', page.url),
      );
      for (const source of sources) expect((await fetch(source)).status).toBe(200);
    }
  });

  test('metrics are there for Prometheus', async () => {
    const response = await fetch(`${api.url}/metrics`);
    expect(response.headers.get('content-type')).toContain('text/plain');
    const text = await response.text();
    expect(text).toMatch(/mp_api_requests_total\{id="api-0",route="\/message-push\/v1\/push",status="200"\} 1/);
    expect(text).toContain('mp_api_publish_seconds_bucket');
    expect((await fetch(`${api.url}/message-push/v1/metrics`)).status).toBe(404);
  });
});
