// Persons, nodes and the ring in the console: told as far as anybody answers, and changed only by who may, with what they confirm.
import { afterAll, beforeAll, expect, test } from 'vitest';
import { openWorld, type RunningApi, type World } from '../../world.ts';
import { operatorAt, type TestOperator } from './fixture-operators.ts';

let world: World;
let api: RunningApi;
let admin: TestOperator;
let owner: TestOperator;
let app: string;
let other: string;
/** Nobody listens there. */
const ADDRESS = '127.0.0.1:1';

beforeAll(async () => {
  world = await openWorld();
  const node = { incarnation: 'n1-1', address: ADDRESS, weight: 1, state: 'up' as const };
  const nodes = [
    { ...node, id: 'n1' },
    { ...node, id: 'n2', incarnation: 'n2-1' },
  ];
  const document = { epoch: 1, at: 5, cause: 'n1 joined' };
  await world.state.ring.write({ ...document, version: 1, nodes: nodes.slice(0, 1) }, 0);
  await world.state.ring.write({ ...document, version: 2, nodes, cause: 'n2 joined' }, 1);
  api = await world.api({ API_NODE_TIMEOUT_MS: '500' });
  app = (await world.app()).id;
  other = (await world.app()).id;
  admin = await operatorAt(world, api, 'admin');
  owner = await operatorAt(world, api, 'owner', [app]);
}, 60_000);
afterAll(() => world.close());

test('a person without a session is offline, at a place on the ring; of another app an owner is told nothing', async () => {
  const [location] = (await admin.ask('GET', `/ring/locate?uid=u1&app=${app}`)).body.data;
  expect(location).toMatchObject({ ring_version: 2, bound: [] });
  const { hash, point, node } = location ?? {};
  const answer = await owner.ask('GET', `/users/${app}/u1`);
  const ring = { version: 2, hash, point, node };
  expect(answer.body.data).toEqual([{ app, uid: 'u1', online: false, ring, sessions: [] }]);
  for (const path of [`/users/${other}/u1`, `/ring/locate?uid=u1&app=${other}`])
    expect((await owner.ask('GET', path)).body.error).toBe('FORBIDDEN');
  expect((await admin.ask('GET', '/users/no-such-app/u1')).body.error).toBe('NOT_FOUND');
});

test('an erasure is confirmed with the uid, done, and written down', async () => {
  expect((await owner.ask('DELETE', `/users/${app}/gone`, { confirm: 'gone' })).body.error).toBe('FORBIDDEN');
  expect((await admin.ask('DELETE', `/users/${app}/gone`, { confirm: 'other' })).body.error).toBe('CONFIRM');
  const erased = await admin.ask('DELETE', `/users/${app}/gone`, { confirm: 'gone' });
  expect(erased.body.data).toEqual([{ uid: 'gone', sessions: 0, deliveries: 0 }]);
  expect((await owner.ask('POST', `/users/${app}/u1/disconnect`)).body.data).toEqual([{ sessions: 0 }]);
  const { items } = await world.database.audit.list({ limit: 10 });
  expect(
    items.filter(({ action }) => action.startsWith('user.')).map(({ action, target }) => [action, target]),
  ).toEqual([
    ['user.disconnect', `user ${app}/u1`],
    ['user.erase', `user ${app}/gone`],
  ]);
});

test('nodes that do not answer are down with a reason, and none of them is drained unasked', async () => {
  const rows = (await admin.ask('GET', '/nodes')).body.data;
  expect(rows).toMatchObject([
    { id: 'n1', state: 'down', problem: 'node n1 does not answer' },
    { id: 'n2', state: 'down' },
  ]);
  const [ring] = (await admin.ask('GET', '/ring')).body.data;
  const missing = { problem: 'on_ring_not_registered' };
  expect(ring).toMatchObject({
    version: 2,
    disagreements: [
      { id: 'n1', ...missing },
      { id: 'n2', ...missing },
    ],
  });
  expect((await admin.ask('GET', '/nodes/n1')).body.data[0]).not.toHaveProperty('series');
  expect((await admin.ask('GET', '/nodes/n3')).body.error).toBe('NOT_FOUND');
  expect((await admin.ask('POST', '/nodes/n1/drain', { confirm: 'n2' })).body.error).toBe('CONFIRM');
  expect((await admin.ask('POST', '/nodes/n1/drain', { confirm: 'n1' })).body.error).toBe('NODE_UNAVAILABLE');
  expect((await owner.ask('POST', '/nodes/n1/drain', { confirm: 'n1' })).body.error).toBe('FORBIDDEN');
});

test('what the versions of the ring changed, newest first; the oldest one is compared with nothing', async () => {
  const changes = (await admin.ask('GET', '/ring/history')).body.data;
  expect(changes).toMatchObject([
    { version: 2, joined: ['n2'], left: [], draining: [], cause: 'n2 joined' },
    { version: 1, joined: [], left: [] },
  ]);
  const [simulated] = (await admin.ask('POST', '/ring/simulate', { remove: ['n2'] })).body.data;
  expect(changes[0]?.moved).toBeCloseTo(Number(simulated?.moved), 12);
  expect(changes[1]).not.toHaveProperty('moved');
  expect((await admin.ask('POST', '/ring/simulate', { remove: ['n9'] })).body).toMatchObject({
    error: 'INVALID_BODY',
    details: [{ path: 'remove[0]' }],
  });
});
