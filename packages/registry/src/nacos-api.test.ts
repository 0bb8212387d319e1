import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createLog, type Log, Metrics } from '@message-push/runtime';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { NacosApi, type NacosApiOptions } from './nacos-api.ts';
import { type Answer, type Asked, EMPTY_LIST, Station, TEST_CERTIFICATE } from './nacos-station.ts';

const PASSWORD = 's3cr&t/p w';
const TOKEN = 'token-1234567890';

let stations: [Station, Station];
let servers: string[];
let dir: string;
let log: Log;
let now: number;
let api: NacosApi;

beforeEach(async () => {
  stations = [new Station(), new Station()];
  servers = await Promise.all(stations.map((station) => station.listen()));
  dir = mkdtempSync(join(tmpdir(), 'mp-registry-'));
  log = createLog('test', 'trace', join(dir, 'log'));
  now = 1_000_000;
});

afterEach(async () => {
  api.close();
  await Promise.all(stations.map((station) => station.close()));
  rmSync(dir, { recursive: true });
});

function open(more: Partial<NacosApiOptions> = {}): NacosApi {
  const options = { servers, tls: false, ca: undefined, namespace: 'ns', connectTimeoutMs: 4_000, timeoutMs: 4_000 };
  const deps = { log, metrics: new Metrics(), clock: { now: () => now }, jitter: () => 0 };
  api = new NacosApi({ ...options, credentials: undefined, ...more }, deps);
  return api;
}

const logged = () => readFileSync(join(dir, 'log'), 'utf8');
/** For tests in which somebody does not answer. */
const BRIEF = { connectTimeoutMs: 500, timeoutMs: 500 };
const lines = () =>
  logged()
    .split('\n')
    .filter((line) => line !== '');

test('a server that hangs costs its time once: the next one is asked, and stays the one that is asked', async () => {
  stations[0].answer = () => undefined;
  open(BRIEF);
  await api.list('s');
  await api.list('s');
  await api.list('s');
  expect(stations.map(({ asked }) => asked.length)).toEqual([1, 3]);
});

test.each([
  ['refuses', () => stations[0].close()],
  [
    'says that it is not ready',
    () => {
      stations[0].answer = () => ({ status: 503, body: 'starting' });
    },
  ],
])('a server that %s is passed over', async (_, fail) => {
  open();
  await fail();
  await expect(api.list('s')).resolves.toEqual([]);
});

test('a call ends in time although nobody answers, and says who does not', async () => {
  for (const station of stations) station.answer = () => undefined;
  open(BRIEF);
  const from = performance.now();
  await expect(api.list('s')).rejects.toThrow(`${servers[1]} does not answer (`);
  expect(performance.now() - from).toBeLessThan(4000);
});

test('trouble is remembered with its time, also when another server helped', async () => {
  open(BRIEF);
  await api.list('s');
  expect(api.troubleAt).toBe(Number.NEGATIVE_INFINITY);
  stations[0].answer = () => undefined;
  await api.list('s');
  expect(api.troubleAt).toBe(now);
});

test('what is wrong is refused by the first server and is no trouble', async () => {
  for (const station of stations) station.answer = () => ({ status: 400, body: 'Param is\nillegal' });
  open();
  await expect(api.list('s')).rejects.toMatchObject({
    kind: 'refused',
    message: `${servers[0]} answers 400: Param is illegal`,
  });
  expect(stations[1].asked).toEqual([]);
  expect(api.troubleAt).toBe(Number.NEGATIVE_INFINITY);
});

test('an answer that is none is an error', async () => {
  open();
  for (const body of ['', '<html>', '{}', '{"hosts":{}}']) {
    stations[0].answer = () => ({ status: 200, body });
    await expect(api.list('s')).rejects.toThrow('an answer that Nacos never gives');
    expect(api.troubleAt).toBe(now++);
  }
});

test('an instance in another form hides no other one', async () => {
  const ours = { ip: 'a', port: 1, weight: 1, healthy: true, enabled: true, metadata: { k: 'v' } };
  const body = JSON.stringify({ hosts: [{ ...ours, metadata: { k: null } }, null, ours, 7] });
  stations[0].answer = () => ({ status: 200, body });
  open();
  await expect(api.list('s')).resolves.toEqual([ours]);
});

test('a registry that comes and goes is told about once in a while', async () => {
  open({ servers: servers.slice(0, 1) });
  for (let i = 0; i < 20; i++) {
    stations[0].answer = () => ({ status: 500, body: 'down' });
    await api.list('s').catch(() => {});
    await api.list('s').catch(() => {});
    stations[0].answer = () => ({ status: 200, body: EMPTY_LIST });
    await api.list('s');
  }
  const said = () => lines().map((line) => JSON.parse(line).msg);
  await expect
    .poll(said)
    .toEqual(['the registry is away: everybody keeps what they have heard', 'the registry is back']);
  now += 30_000;
  stations[0].answer = () => ({ status: 500, body: 'down' });
  await api.list('s').catch(() => {});
  await expect.poll(said).toHaveLength(3);
});

/** As Nacos does it: a login that gives a token, and 403 for everybody else. */
function secured({ method, url, headers, body }: Asked): Answer {
  if (url === '/nacos/v1/auth/login' && method === 'POST') {
    const { username, password } = Object.fromEntries(new URLSearchParams(body));
    if (username !== 'u' || password !== PASSWORD) return { status: 403, body: `unknown: ${password}` };
    return { status: 200, body: JSON.stringify({ accessToken: TOKEN, tokenTtl: 18_000 }) };
  }
  return headers.authorization === `Bearer ${TOKEN}`
    ? { status: 200, body: EMPTY_LIST }
    : { status: 403, body: 'who?' };
}
const silent = (asked: Asked): Answer => (asked.url.includes('login') ? secured(asked) : undefined);
const logins = () => stations.flatMap(({ asked }) => asked).filter(({ url }) => url.includes('login')).length;

test('one login serves all calls, at all servers, until its time is nearly over', async () => {
  for (const station of stations) station.answer = secured;
  open({ ...BRIEF, credentials: { username: 'u', password: PASSWORD } });
  await Promise.all([api.list('a'), api.list('b'), api.list('c')]);
  stations[0].answer = () => undefined;
  await api.list('a');
  expect(logins()).toBe(1);
  now += 15_000_000;
  await api.list('a');
  expect(logins()).toBe(2);
});

test('a token that is not taken any more is replaced, but not over and over', async () => {
  stations[0].answer = secured;
  open({ servers: servers.slice(0, 1), credentials: { username: 'u', password: PASSWORD } });
  await api.list('a');
  const real = stations[0].answer;
  let refused = 0;
  stations[0].answer = (asked) =>
    asked.url.includes('login') || refused++ > 0 ? real(asked) : { status: 403, body: '' };
  now += 60_000;
  await expect(api.list('a')).resolves.toEqual([]);
  expect(logins()).toBe(2);
  stations[0].answer = (asked) => (asked.url.includes('login') ? real(asked) : { status: 403, body: 'not allowed' });
  now += 60_000;
  for (let i = 0; i < 10; i++) await expect(api.list('a')).rejects.toThrow('answers 403: not allowed');
  expect(logins()).toBe(3);
});

test('credentials are in no address, no log line and no error, whatever goes wrong', async () => {
  const errors: string[] = [];
  const list = () => api.list('s').catch((error: Error) => errors.push(`${error.stack} ${JSON.stringify(error)}`));
  for (const password of [PASSWORD, 'wrong-passw0rd']) {
    for (const answer of [secured, () => ({ status: 500, body: 'down' }), silent]) {
      stations[0].answer = answer;
      now += 60_000;
      open({ ...BRIEF, servers: servers.slice(0, 1), credentials: { username: 'u', password } });
      await list();
      await list();
      api.close();
    }
  }
  expect(errors.length).toBeGreaterThan(0);
  await expect.poll(() => lines().length).toBeGreaterThan(0);
  const seen = [logged(), ...errors, ...stations[0].asked.map(({ url }) => url)].join('\n');
  for (const secret of [PASSWORD, encodeURIComponent(PASSWORD), 's3cr', 'wrong-passw0rd', TOKEN])
    expect(seen).not.toContain(secret);
});

test('a server that refuses the login, or is busy with others, is not asked again at once; another one is', async () => {
  let busy = true;
  stations[0].answer = (asked) => (busy ? { status: 500, body: '' } : secured(asked));
  open({ servers: servers.slice(0, 1), credentials: { username: 'u', password: PASSWORD } });
  const tries: number[] = [];
  for (let ms = 0; ms < 60_000; ms += 100) {
    await api.list('a').catch(() => {});
    tries.push(logins());
    now += 100;
  }
  // After 0.5, 1, 2, 4, then every 7.5 s.
  expect([tries[4], tries[5], tries[15], tries[35], tries[75], tries[149], tries[150]]).toEqual([1, 2, 3, 4, 5, 5, 6]);
  busy = false;
  now += 10_000;
  await api.list('a');

  api.close();
  stations[0].answer = () => ({ status: 500, body: '' });
  stations[1].answer = secured;
  open({ credentials: { username: 'u', password: PASSWORD } });
  await expect(api.list('a')).resolves.toEqual([]);
});

test('who is not let in is told which settings to look at', async () => {
  stations[0].answer = secured;
  open({ servers: servers.slice(0, 1), credentials: { username: 'u', password: 'x' } });
  await expect(api.list('s')).rejects.toThrow(
    `${servers[0]} refuses the login (403): check NACOS_USERNAME and NACOS_PASSWORD`,
  );
});

test('over TLS it speaks with whom it is told to trust, and with nobody else', async () => {
  const station = new Station({ tls: true });
  const over = { servers: [await station.listen()], tls: true };
  try {
    open({ ...over, ca: TEST_CERTIFICATE });
    await expect(api.list('s')).resolves.toEqual([]);
    api.close();
    open(over);
    await expect(api.list('s')).rejects.toThrow('does not answer (DEPTH_ZERO_SELF_SIGNED_CERT)');
    expect(station.asked).toHaveLength(1);
  } finally {
    await station.close();
  }
});
