import { ApiError, partitionOf } from '@message-push/protocol';
import { Metrics } from '@message-push/runtime';
import { expect, test } from 'vitest';
import { Budgets } from './budgets.ts';

/** State as its contract says: a bucket of one second per key. */
function bench({ away = false, uidPushesPerSecond = 100 } = {}) {
  const time = { now: 1_000_000 };
  const buckets = new Map<string, { left: number; at: number }>();
  const counted = { calls: 0, away };
  const takeBudget = async (key: string, want: number, perSecond: number) => {
    counted.calls++;
    if (counted.away) throw new ApiError('STATE_UNAVAILABLE');
    const bucket = buckets.get(key) ?? { left: perSecond, at: time.now };
    const left = Math.min(perSecond, bucket.left + ((time.now - bucket.at) / 1_000) * perSecond);
    const granted = Math.min(want, Math.floor(left));
    buckets.set(key, { left: left - granted, at: time.now });
    return granted;
  };
  const make = () =>
    new Budgets({
      state: { takeBudget },
      clock: { now: () => time.now },
      metrics: new Metrics(),
      id: 'test',
      uidPushesPerSecond,
    });
  return { time, counted, make };
}

async function taken(take: () => Promise<void> | undefined): Promise<boolean> {
  try {
    await take();
    return true;
  } catch (error) {
    if (error instanceof ApiError && error.code === 'RATE_LIMITED') return false;
    throw error;
  }
}

async function count(times: number, take: () => Promise<void> | undefined): Promise<number> {
  let granted = 0;
  for (let at = 0; at < times; at++) if (await taken(take)) granted++;
  return granted;
}

test('two apis together let an app do what its limit says, and no more', async () => {
  const { time, make } = bench();
  const [one, two] = [make(), make()];
  let granted = 0;
  for (let second = 0; second < 5; second++) {
    for (let tenth = 0; tenth < 10; tenth++) {
      granted += await count(100, () => one.takeApp('a', 'requests a second', 1, 1_000));
      granted += await count(100, () => two.takeApp('a', 'requests a second', 1, 1_000));
      time.now += 100;
    }
  }
  // A second's burst to begin with, then the rate.
  expect(granted).toBeGreaterThan(5_000);
  expect(granted).toBeLessThanOrEqual(6_000);
});

test('requests within the limit make no call to state each', async () => {
  const { time, counted, make } = bench();
  const budgets = make();
  for (let at = 0; at < 900; at++) {
    expect(await taken(() => budgets.takeApp('a', 'requests a second', 1, 1_000))).toBe(true);
    time.now += 1;
  }
  expect(counted.calls).toBeLessThanOrEqual(12);
});

test('an app over its limit is refused without a call to state each', async () => {
  const { counted, make } = bench();
  const budgets = make();
  await count(1_000, () => budgets.takeApp('a', 'requests a second', 1, 1_000));
  const before = counted.calls;
  expect(await count(1_000, () => budgets.takeApp('a', 'requests a second', 1, 1_000))).toBe(0);
  expect(counted.calls - before).toBeLessThanOrEqual(2);
});

test('a push larger than a whole second of deliveries takes the whole second', async () => {
  const { make } = bench();
  const budgets = make();
  expect(await taken(() => budgets.takeApp('a', 'deliveries a second', 1_000, 100))).toBe(true);
  expect(await taken(() => budgets.takeApp('a', 'deliveries a second', 1, 100))).toBe(false);
});

test('many that wait at once are all served from what there is', async () => {
  const { make } = bench();
  const budgets = make();
  const all = await Promise.all(
    Array.from({ length: 500 }, () => taken(() => budgets.takeApp('a', 'requests a second', 1, 1_000))),
  );
  expect(all.filter(Boolean)).toHaveLength(500);
});

test('a uid gets its 100 pushes a second, however many others there are', async () => {
  const { time, make, counted } = bench();
  const budgets = make();
  const push = (uid: string) => budgets.takeUid('a', uid, partitionOf('a', uid, 2 ** 32));
  expect(await count(500, () => push('busy'))).toBe(100);
  const calls = counted.calls;
  for (let uid = 0; uid < 2_000; uid++) expect(await taken(() => push(`u${uid}`))).toBe(true);
  expect(counted.calls).toBe(calls);
  time.now += 1_000;
  expect(await count(500, () => push('busy'))).toBe(100);
});

test('while state is away each api keeps the limit by itself, and asks once a second', async () => {
  const { time, counted, make } = bench({ away: true });
  const budgets = make();
  expect(await count(3_000, () => budgets.takeApp('a', 'requests a second', 1, 1_000))).toBe(1_000);
  expect(counted.calls).toBe(1);
  time.now += 500;
  expect(await count(3_000, () => budgets.takeApp('a', 'requests a second', 1, 1_000))).toBe(500);
  counted.away = false;
  time.now += 1_000;
  expect(await count(3_000, () => budgets.takeApp('a', 'requests a second', 1, 1_000))).toBe(1_000);
});
