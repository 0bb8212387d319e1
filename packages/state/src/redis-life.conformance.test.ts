import { cpSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { setImmediate as nextTurn } from 'node:timers/promises';
import { ApiError } from '@message-push/protocol';
import { ConfigError, Metrics } from '@message-push/runtime';
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import { bindOf, entryAt, seqAt } from './beside.ts';
import type { State } from './index.ts';
import { createRedisState, type RedisStateOptions } from './redis/redis.ts';
import { canStartRedis, OwnRedis } from './redis-server-fixture.ts';

const HOUR_MS = 3_600_000;
const TIMEOUT_MS = 400;
const clock = { now: () => Date.now() };
const ann = { app: 'shop', uid: 'ann' };
const all = { scope: 'p:pc', platform: 'pc', after: '', bytesMax: 1_000_000 };

const common = {
  cluster: false,
  prefix: 'mp:',
  timeoutMs: TIMEOUT_MS,
  callsMax: 100_000,
  lossWindowMs: 5000,
  sharedReceiversMin: 2,
};

let redis: OwnRedis;
let state: State | undefined;

beforeEach(async () => {
  redis = await OwnRedis.place();
});
afterEach(async () => {
  redis.resume();
  await state?.close();
  state = undefined;
  await redis.end();
});

async function open(more: Partial<RedisStateOptions> = {}): Promise<State> {
  state = await createRedisState({ urls: [redis.url], ...common, clock, ...more });
  return state;
}

/** Why a call was refused, with its cause. */
async function refusal(call: Promise<unknown>): Promise<string> {
  const error = await call.then(
    () => undefined,
    (reason: unknown) => reason,
  );
  if (!(error instanceof ApiError)) return `not refused: ${error}`;
  return `${error.code}: ${error.cause instanceof Error ? error.cause.message : error.cause}`;
}

const answers = (of: State) => vi.waitFor(() => of.ping(), { timeout: 20_000, interval: 20 });
const oneEntry = (offset = 1) => [{ ...ann, entry: entryAt(offset, clock) }];

describe.skipIf(!canStartRedis)('state on a Redis that', () => {
  test('is away at the start: the state is there, refuses with a reason, and works as soon as Redis does', async () => {
    const away = await open();
    expect(away.connection()).toBe(0);
    for (const call of [away.ping(), away.inboxes.append(oneEntry()), away.versions()])
      expect(await refusal(call)).toMatch(/^STATE_UNAVAILABLE: Redis at 127\.0\.0\.1:\d+ is away: .*ECONNREFUSED/);
    await redis.start();
    await answers(away);
    expect(away.connection()).toBe(1);
    expect((await away.inboxes.append(oneEntry()))[0]?.outcome).toBe('new');
  });

  test('holds all keys gets what many receivers are sent at once as few commands, and a broken inbox among them breaks no other', async () => {
    await redis.start();
    const own = await open();
    const people = Array.from({ length: 150 }, (_, i) => ({ app: 'shop', uid: `u${i}` }));
    await redis.ask((admin) => admin.lpush('mp:i:{shop:u7}', 'no head of an inbox'));
    await redis.ask((admin) => admin.config('RESETSTAT'));
    const calls = people.map((to) => own.inboxes.append([{ ...to, entry: entryAt(1, clock) }]));
    const settled = await Promise.allSettled(calls);
    expect(settled.map(({ status }) => status).filter((status) => status === 'rejected')).toHaveLength(1);
    expect(await refusal(calls[7] ?? Promise.resolve())).toMatch(/^STATE_UNAVAILABLE: .*WRONGTYPE/);
    expect(await redis.ask((admin) => admin.info('commandstats'))).toMatch(/cmdstat_evalsha:calls=2,/);
    const pulled = await Promise.all(people.map((to) => own.inboxes.pull(to, all).catch(() => undefined)));
    expect(pulled.filter((answer) => answer?.entries.length === 1)).toHaveLength(149);
  });

  test('throws away what it holds when it is full is refused at the start, with one sentence', async () => {
    await redis.start('--maxmemory-policy', 'allkeys-lru');
    const error = await open().catch((reason: unknown) => reason);
    expect(error).toBeInstanceOf(ConfigError);
    expect(String(error)).toMatch(/REDIS_URL: .* has maxmemory-policy allkeys-lru: .* set noeviction/);
  });

  test('turns out to throw away what it holds only later is refused call by call, until it is set right', async () => {
    const late = await open();
    await redis.start('--maxmemory-policy', 'volatile-lru');
    await vi.waitFor(async () => expect(await refusal(late.ping())).toMatch(/maxmemory-policy volatile-lru/), 20_000);
    expect(await refusal(late.inboxes.append(oneEntry()))).toMatch(/maxmemory-policy/);
    expect(late.connection()).toBe(0);
    await redis.ask((admin) => admin.config('SET', 'maxmemory-policy', 'noeviction'));
    await answers(late);
  });

  test('is a replica, or a cluster that nobody said is one, is refused with one sentence', async () => {
    await redis.start('--cluster-enabled', 'yes');
    expect(String(await open().catch((reason: unknown) => reason))).toMatch(/REDIS_CLUSTER: .* set REDIS_CLUSTER=true/);
    await redis.kill();
    await redis.start('--cluster-enabled', 'no', '--replicaof', '127.0.0.1', '1');
    expect(String(await open().catch((reason: unknown) => reason))).toMatch(/REDIS_URL: .* is a replica/);
  });

  test('is killed and comes back is a new connection, and what it answered is there', async () => {
    await redis.start('--appendfsync', 'always');
    const on = await open();
    await on.inboxes.append(oneEntry());
    await redis.kill();
    await vi.waitFor(async () => expect(await refusal(on.ping())).toMatch(/STATE_UNAVAILABLE/), 5000);
    expect(on.connection()).toBe(1);
    await redis.start('--appendfsync', 'always');
    await answers(on);
    expect(on.connection()).toBe(2);
    expect((await on.inboxes.pull(ann, all)).entries.length).toBe(1);
  });

  test('lost its last seconds tells so by a new connection; what is brought again finds its place', async () => {
    const always = ['--appendfsync', 'always'];
    await redis.start(...always);
    const on = await open();
    for (const n of [1, 2]) await on.inboxes.append(oneEntry(n));
    const [file, copy] = [join(redis.dir, 'appendonlydir'), join(redis.dir, 'older')];
    cpSync(file, copy, { recursive: true });
    await on.inboxes.bind(ann, bindOf('p:pc'));
    for (const n of [3, 4]) await on.inboxes.append(oneEntry(n));
    await on.inboxes.advance([{ ...ann, scope: 'p:pc', platform: 'pc', cursor: seqAt(3) }]);
    await redis.kill();
    rmSync(file, { recursive: true });
    cpSync(copy, file, { recursive: true });
    await redis.start(...always);
    await answers(on);
    expect(on.connection()).toBe(2);
    // The consumer goes back, and the node records its sessions again.
    const again = await on.inboxes.append([2, 3, 4].flatMap((n) => oneEntry(n)));
    expect(again.map(({ outcome, prev }) => [outcome, prev])).toEqual([
      ['held', seqAt(1)],
      ['new', seqAt(2)],
      ['new', seqAt(3)],
    ]);
    const bound = await on.inboxes.bind(ann, bindOf('p:pc', { repeat: true, enqueued: seqAt(3), cursor: seqAt(3) }));
    expect([bound.start, bound.behind, bound.passed.length]).toEqual([seqAt(3), true, 3]);
  });

  test('answers no more is given up after the timeout, with everything under way, and found again', async () => {
    await redis.start();
    const on = await open();
    redis.pause();
    const from = performance.now();
    const refused = await Promise.all([refusal(on.inboxes.append(oneEntry())), refusal(on.ping())]);
    for (const reason of refused) expect(reason).toMatch(/^STATE_UNAVAILABLE/);
    expect(performance.now() - from).toBeGreaterThan(TIMEOUT_MS / 2);
    expect(performance.now() - from).toBeLessThan(TIMEOUT_MS + 5000);
    expect(await refusal(on.versions())).toMatch(/^STATE_UNAVAILABLE/);
    redis.resume();
    await answers(on);
    expect(on.connection()).toBe(2);
  });

  test('has forgotten its scripts is given them again, and the order of calls stays', async () => {
    await redis.start();
    const on = await open();
    await on.inboxes.append(oneEntry());
    for (let round = 0; round < 5; round++) {
      await redis.ask((admin) => admin.script('FLUSH'));
      const offsets = Array.from({ length: 30 }, (_, i) => 2 + i + round * 30);
      const calls: ReturnType<State['inboxes']['append']>[] = [];
      for (const n of offsets) {
        calls.push(on.inboxes.append(oneEntry(n)));
        await nextTurn(); // each in a batch of its own
      }
      const results = await Promise.all(calls);
      expect(results.map(([result]) => result?.prev)).toEqual(offsets.map((n) => seqAt(n - 1)));
    }
    expect(on.connection()).toBe(1);
  });

  test('became a replica is left: the call is refused and the connection is a new one', async () => {
    await redis.start();
    const on = await open();
    await redis.ask((admin) => admin.replicaof('127.0.0.1', 1));
    expect(await refusal(on.inboxes.append(oneEntry()))).toMatch(/STATE_UNAVAILABLE/);
    await vi.waitFor(async () => expect(await refusal(on.ping())).toMatch(/is a replica/), 5000);
    await redis.ask((admin) => admin.call('REPLICAOF', 'NO', 'ONE'));
    await answers(on);
    expect(on.connection()).toBe(2);
  });

  test('has more to answer than it may is asked no more, until it has answered', async () => {
    await redis.start();
    const on = await open({ callsMax: 10 });
    const calls = Array.from({ length: 20 }, () => refusal(on.ping()));
    const outcomes = await Promise.all(calls);
    expect(outcomes.filter((outcome) => outcome.startsWith('not refused')).length).toBe(10);
    expect(outcomes.at(-1)).toMatch(/STATE_UNAVAILABLE: 10 calls to Redis at .* are under way/);
    await on.ping();
  });

  test('is full refuses what comes, and keeps what it has', async () => {
    await redis.start();
    const on = await open();
    await on.inboxes.append(oneEntry());
    await redis.ask((admin) => admin.config('SET', 'maxmemory', '1'));
    expect(await refusal(on.inboxes.append(oneEntry(2)))).toMatch(/^STATE_UNAVAILABLE: OOM/);
    expect((await on.inboxes.pull(ann, all)).entries.length).toBe(1);
    await redis.ask((admin) => admin.config('SET', 'maxmemory', '0'));
    expect((await on.inboxes.append(oneEntry(2)))[0]?.outcome).toBe('new');
  });
});

describe.skipIf(!canStartRedis)('clocks that differ by minutes', () => {
  test('neither make others vanish nor multiply a budget', async () => {
    await redis.start();
    const on = await open();
    const ahead = await createRedisState({
      urls: [redis.url],
      ...common,
      clock: { now: () => Date.now() + 600_000 },
    });
    try {
      await on.announce('api', 'a', 10_000, '');
      await ahead.announce('api', 'b', 10_000, '');
      expect((await on.announced('api')).map(({ id }) => id)).toEqual(['a', 'b']);
    } finally {
      await ahead.close();
    }
    let now = Date.now();
    const behind = await createRedisState({ urls: [redis.url], ...common, clock: { now: () => now - 500 } });
    const before = await createRedisState({ urls: [redis.url], ...common, clock: { now: () => now } });
    try {
      let granted = 0;
      for (let i = 0; i < 20; i++) {
        granted += await before.takeBudget('k', 100, 100);
        granted += await behind.takeBudget('k', 100, 100);
        now += 1;
      }
      expect(granted).toBeLessThanOrEqual(102);
    } finally {
      await before.close();
      await behind.close();
    }
  });
});

describe.skipIf(!canStartRedis)('keys', () => {
  const lives = async (...keys: string[]) => redis.ask((admin) => Promise.all(keys.map((key) => admin.pttl(key))));
  const [head, entries, bodies] = ['mp:i:{shop:ann}', 'mp:e:{shop:ann}', 'mp:b:{shop:ann}'];
  const KEEP_MS = 31 * 24 * HOUR_MS;
  const within = (value: number | undefined, most: number, slack: number) => {
    expect(value).toBeLessThanOrEqual(most);
    expect(value).toBeGreaterThan(most - slack);
  };

  test('of entries live as long as the entries, and hardly longer once everybody has passed them', async () => {
    await redis.start();
    const on = await open();
    await on.inboxes.bind(ann, bindOf('p:pc'));
    await on.inboxes.append(oneEntry());
    const [ofHead, ofEntries, ofBodies] = await lives(head, entries, bodies);
    within(ofHead, KEEP_MS, 30_000);
    within(ofEntries, HOUR_MS + 60_000, 30_000);
    within(ofBodies, HOUR_MS + 60_000, 30_000);
    await on.inboxes.advance([{ ...ann, scope: 'p:pc', platform: 'pc', cursor: seqAt(1) }]);
    for (const life of await lives(entries, bodies)) within(life, 120_000, 30_000);
    within((await lives(head))[0], KEEP_MS, 30_000);
  });

  test('at rest a person who is up to date is one small key', async () => {
    await redis.start();
    let now = Date.now();
    const on = await open({ clock: { now: () => now } });
    await on.inboxes.bind(ann, bindOf('p:pc'));
    await on.inboxes.append([{ ...ann, entry: entryAt(1, { now: () => now }) }]);
    await on.inboxes.advance([{ ...ann, scope: 'p:pc', platform: 'pc', cursor: seqAt(1) }]);
    now += 90_000;
    await on.inboxes.bind(ann, bindOf('p:pc', { repeat: true, enqueued: seqAt(1), cursor: seqAt(1) }));
    await on.inboxes.unbind([{ ...ann, node: 'n1', incarnation: 'i1' }]);
    expect(await redis.ask((admin) => admin.keys('*'))).toEqual([head]);
    expect(await redis.ask((admin) => admin.memory('USAGE', head))).toBeLessThan(400);
  });

  test('a large body for many receivers is one key that outlives its entries; for fewer it is with each', async () => {
    await redis.start();
    const on = await open({ sharedReceiversMin: 3 });
    const to = (entry: ReturnType<typeof entryAt>, n: number) =>
      Array.from({ length: n }, (_, i) => ({ app: 'shop', uid: `u${i}`, entry }));
    await on.inboxes.append(to(entryAt(1, clock, { size: 2000 }), 2));
    expect(await redis.ask((admin) => admin.keys('mp:m:*'))).toEqual([]);
    await on.inboxes.append(to(entryAt(2, clock, { size: 2000 }), 3));
    const [key = '', ...others] = await redis.ask((admin) => admin.keys('mp:m:*'));
    expect(others).toEqual([]);
    within((await lives(key))[0], HOUR_MS + 300_000, 30_000);
    expect(await redis.ask((admin) => admin.memory('USAGE', 'mp:b:{shop:u2}'))).toBeLessThan(500);
  });

  test('a shared body that is missing is waited for while its message is young, and passed over later', async () => {
    await redis.start();
    let now = Date.now();
    const metrics = new Metrics();
    const on = await open({ metrics, clock: { now: () => now } });
    const large = entryAt(1, { now: () => now }, { size: 2000 });
    await on.inboxes.append([ann, { app: 'shop', uid: 'bob' }].map((to) => ({ ...to, entry: large })));
    await on.inboxes.append(oneEntry(2));
    const [key = ''] = await redis.ask((admin) => admin.keys('mp:m:*'));
    await redis.ask((admin) => admin.del(key));
    expect(await refusal(on.inboxes.pull(ann, all))).toMatch(/the body of .* is not there yet/);
    // A redelivery brings it back.
    const [again] = await on.inboxes.append([ann, { app: 'shop', uid: 'bob' }].map((to) => ({ ...to, entry: large })));
    expect(again?.outcome).toBe('held');
    expect((await on.inboxes.pull(ann, all)).entries[0]?.message).toEqual(large.message);
    await redis.ask((admin) => admin.del(key));
    now += 300_000;
    const pulled = await on.inboxes.pull(ann, all);
    expect([pulled.entries.map(({ seq }) => seq), pulled.upTo]).toEqual([[seqAt(2)], seqAt(2)]);
    expect(await metrics.metrics()).toContain('mp_state_bodies_missing_total 1');
  });

  test('names with colons, braces and percent signs are those of different persons', async () => {
    await redis.start();
    const on = await open();
    const persons = [
      { app: 'a', uid: 'b:c' },
      { app: 'a:b', uid: 'c' },
      { app: 'a', uid: '}b' },
      { app: 'a}', uid: 'b' },
      { app: 'a', uid: '%7db' },
      { app: '{a', uid: '{b}' },
    ];
    for (const [i, to] of persons.entries()) await on.inboxes.append([{ ...to, entry: entryAt(i + 1, clock) }]);
    for (const [i, to] of persons.entries())
      expect((await on.inboxes.pull(to, all)).entries.map(({ seq }) => seq)).toEqual([seqAt(i + 1)]);
  });
});
