// Every route of the console refuses those who lack its right: asked of the list of routes itself, so that none is forgotten.
import { may, RIGHTS, ROLES, type RoleName } from '@message-push/protocol/admin';
import { loadConfig } from '@message-push/runtime';
import Fastify from 'fastify';
import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest';
import { apiFields } from '../../config.ts';
import { call, openWorld, type RunningApi, type World } from '../../world.ts';
import { operatorAt, type TestOperator } from './fixture-operators.ts';
import { guard, type Right } from './guard.ts';

// Every route is asked many times.
vi.setConfig({ testTimeout: 60_000 });

interface Route {
  method: string;
  path: string;
  right: Right;
}

let world: World;
let api: RunningApi;
let routes: Route[];
/** Granted to the owner. */
let own: string;
let foreign: string;
const operators = new Map<RoleName, TestOperator>();

beforeAll(async () => {
  world = await openWorld();
  api = await world.api();
  own = (await world.app()).id;
  foreign = (await world.app()).id;
  for (const role of ROLES) operators.set(role, await operatorAt(world, api, role, role === 'owner' ? [own] : []));
  const document = (await (await fetch(`${api.url}/openapi.json`)).json()) as {
    paths: Record<string, Record<string, { 'x-right': Right }>>;
  };
  routes = Object.entries(document.paths)
    .filter(([path]) => path.startsWith('/admin/v1'))
    .flatMap(([path, methods]) =>
      Object.entries(methods).map(([method, facts]) => ({
        method: method.toUpperCase(),
        path: path.slice('/admin/v1'.length),
        right: facts['x-right'],
      })),
    );
}, 60_000);

afterAll(() => world.close());

const isAction = (right: Right) => Object.hasOwn(RIGHTS, right);
/** Roles that the right is open to. */
const allowed = (right: Right, role: RoleName) =>
  Object.hasOwn(RIGHTS, right) ? may(role, right as keyof typeof RIGHTS) : true;

const pathFor = (path: string, app: string) => path.replace('{app}', app).replace(/\{\w+\}/g, 'none');

/** Status and code of a call without a body, as far as its head; a stream is left at once. */
async function knock(cookie: string, { method, path }: Route, app = own): Promise<[number, string | undefined]> {
  const gone = new AbortController();
  const headers = { 'accept-language': 'en', ...(cookie !== '' && { cookie }) };
  const url = `${api.url}/admin/v1${pathFor(path, app)}`;
  const response = await fetch(url, { method, headers, signal: gone.signal });
  const isRefusal = response.status >= 400;
  const body = isRefusal ? ((await response.json()) as { error: string }) : undefined;
  gone.abort();
  return [response.status, body?.error];
}

/** Ending one's own session would end the test. */
const isSignOut = ({ method, path }: Route) => method === 'DELETE' && path === '/session';

describe('the routes of the console', () => {
  test('each name a right, and are as many as there are', () => {
    expect(routes.length).toBeGreaterThan(40);
    for (const { right } of routes)
      expect(isAction(right) || ['signedIn', 'session', 'anybody'].includes(right)).toBe(true);
    const open = routes.filter(({ right }) => !isAction(right)).map(({ method, path }) => `${method} ${path}`);
    expect(open.sort()).toEqual([
      'DELETE /session',
      'DELETE /sessions/{id}',
      'GET /session',
      'GET /sessions',
      'GET /setup',
      'PATCH /session',
      'POST /session',
      'POST /session/password',
      'POST /setup',
    ]);
  });

  test('that change something are never open to a viewer', () => {
    const changing = routes.filter(({ method, right }) => method !== 'GET' && isAction(right));
    expect(changing.length).toBeGreaterThan(15);
    // What a viewer may ask for with a body, nothing changes.
    const harmless = ['POST /ring/simulate', 'POST /messages/validate'];
    const wrong = changing
      .filter(({ right }) => allowed(right, 'viewer'))
      .map(({ method, path }) => `${method} ${path}`)
      .filter((route) => !harmless.includes(route));
    expect(wrong).toEqual([]);
  });

  test('refuse whoever has no session, before anything else', async () => {
    for (const route of routes.filter(({ right }) => right !== 'anybody')) {
      expect(await knock('', route), JSON.stringify(route)).toEqual([401, 'NOT_SIGNED_IN']);
      expect(await knock('mp_session=made-up', route), JSON.stringify(route)).toEqual([401, 'NOT_SIGNED_IN']);
    }
  });

  test.each(ROLES)('refuse the role %s where it lacks the right, and only there', async (role) => {
    const { cookie = '' } = operators.get(role) ?? {};
    for (const route of routes.filter((one) => !isSignOut(one))) {
      const [status, error] = await knock(cookie, route);
      if (allowed(route.right, role)) expect([401, 403], JSON.stringify({ route, error })).not.toContain(status);
      else expect([status, error], JSON.stringify(route)).toEqual([403, 'FORBIDDEN']);
    }
  });

  test('refuse an owner for an app that was not granted, also when it does not exist', async () => {
    const { cookie = '' } = operators.get('owner') ?? {};
    const ofApps = routes.filter(({ path }) => path.includes('{app}'));
    expect(ofApps.length).toBeGreaterThan(8);
    for (const route of ofApps)
      for (const app of [foreign, 'no-such-app'])
        expect(await knock(cookie, route, app), JSON.stringify(route)).toEqual([403, 'FORBIDDEN']);
  });

  test('let an operator with the start password do nothing but sign in and out and change it', async () => {
    const { id, cookie } = await operatorAt(world, api, 'admin');
    await world.database.operators.setPassword(id, 'another long password', true, await sessionOf(cookie));
    for (const route of routes.filter((one) => one.right !== 'anybody' && !isSignOut(one))) {
      const [status, error] = await knock(cookie, route);
      if (route.right === 'session') expect([200, 400], JSON.stringify(route)).toContain(status);
      else expect([status, error], JSON.stringify(route)).toEqual([403, 'START_PASSWORD']);
    }
  });

  test('are not kept by anybody on the way', async () => {
    const { cookie = '' } = operators.get('admin') ?? {};
    for (const path of ['/session', '/apps', '/audit', '/apps/none'])
      expect((await fetch(`${api.url}/admin/v1${path}`, { headers: { cookie } })).headers.get('cache-control')).toBe(
        'no-store',
      );
  });

  test('follow a change of role, grants and state at the next call', async () => {
    const { id, ask } = await operatorAt(world, api, 'owner', [own]);
    expect((await ask('GET', `/apps/${foreign}`)).status).toBe(403);
    await world.database.operators.setGrants(id, [foreign]);
    expect((await ask('GET', `/apps/${foreign}`)).status).toBe(200);
    expect((await ask('GET', `/apps/${own}`)).status).toBe(403);
    expect((await ask('GET', '/apps')).body.data.map((app) => app.id)).toEqual([foreign]);
    await world.database.operators.update(id, { role: 'viewer' });
    expect((await ask('GET', `/apps/${own}`)).status).toBe(200);
    await world.database.operators.update(id, { disabled: true });
    expect((await ask('GET', `/apps/${own}`)).status).toBe(401);
  });

  async function sessionOf(cookie: string): Promise<string> {
    const answer = await call(api, '', 'GET', '/admin/v1/sessions', undefined, { cookie });
    return String(answer.body.data.find(({ current }) => current)?.id);
  }
});

test('a route without a right stops the start', async () => {
  const scope = Fastify();
  // The fields that a guard reads before the first request.
  const deps = { config: loadConfig(apiFields, {}), database: world.database, log: api.deps.log };
  guard(scope as unknown as Parameters<typeof guard>[0], deps); // another type provider, which it does not use
  expect(() => scope.get('/admin/v1/forgotten', async () => ({}))).toThrow('GET /admin/v1/forgotten names no right');
  expect(() => scope.get('/x', { schema: { 'x-right': 'king' } as object }, async () => ({}))).toThrow(
    'names no right',
  );
  await scope.close();
});
