import { ApiError, type Envelope, envelopeJson } from '@message-push/protocol';
import { createLog, loadConfig, Metrics, systemClock } from '@message-push/runtime';
import { expect, test, vi } from 'vitest';
import { apiFields } from './config.ts';
import { type Fate, Publisher, type PublishOrder } from './publish.ts';

type Records = { partition: number; value: Uint8Array }[];

/** A bus whose answers the test gives: every call waits until it is told. */
function bench(env: Record<string, string> = {}) {
  const calls: { records: Records; resolve: () => void; reject: (error: unknown) => void }[] = [];
  const bus = {
    publish: (_topic: string, records: Records) =>
      new Promise<number[]>((resolve, reject) => {
        calls.push({ records, resolve: () => resolve(records.map(() => 0)), reject });
      }),
  };
  const publisher = new Publisher({
    config: loadConfig(apiFields, env),
    bus,
    clock: systemClock,
    log: createLog('test', 'silent'),
    metrics: new Metrics(),
    id: 'test',
  });
  const call = async (at: number) => {
    await vi.waitUntil(() => calls.length > at, { interval: 1 });
    const found = calls[at];
    if (found === undefined) throw new Error('no call');
    return found;
  };
  return { publisher, calls, call };
}

let made = 0;

function order(uids: string[] = ['u'], partition = 0, onFate?: (fate: Fate) => void): PublishOrder {
  const message_id = (++made).toString(16).padStart(32, '0');
  const message = { content: `content ${made}` };
  const push = { message_id, app: 'a', uids, message, c_time: 1, ttl_s: 1, accepted: uids.length };
  return { message_id, parts: [{ partition, push }], bytes: 400, onFate };
}

function envelopes(records: Records): { partition: number; envelope: Envelope }[] {
  return records.map(({ partition, value }) => ({ partition, envelope: envelopeJson.decode(value) }));
}

async function refusal(work: Promise<void>): Promise<string> {
  return work.then(
    () => 'none',
    (error: unknown) => (error instanceof ApiError ? error.code : String(error)),
  );
}

test('pushes of one turn share a record per partition, in order', async () => {
  const { publisher, call, calls } = bench();
  const orders = [order(['a'], 0), order(['b'], 1), order(['c'], 0)];
  const all = Promise.all(orders.map((one) => publisher.publish(one)));
  const { records, resolve } = await call(0);
  expect(
    envelopes(records).map(({ partition, envelope }) => [partition, envelope.pushes.flatMap(({ uids }) => uids)]),
  ).toEqual([
    [0, ['a', 'c']],
    [1, ['b']],
  ]);
  resolve();
  await all;
  expect(calls).toHaveLength(1);
});

test('what comes while a publish is under way goes together in the next one, never beside it', async () => {
  const { publisher, call, calls } = bench();
  const first = publisher.publish(order());
  const flying = await call(0);
  const more = Array.from({ length: 50 }, () => publisher.publish(order()));
  await new Promise((resolve) => setImmediate(() => setImmediate(resolve)));
  expect(calls).toHaveLength(1);
  flying.resolve();
  await first;
  const next = await call(1);
  expect(envelopes(next.records)[0]?.envelope.pushes).toHaveLength(50);
  next.resolve();
  await Promise.all(more);
});

test('nobody is answered before every partition is stored', async () => {
  const { publisher, call } = bench();
  let answered = false;
  const both = order(['a'], 0);
  both.parts.push(...order(['b'], 1).parts);
  const done = publisher.publish(both).then(() => {
    answered = true;
  });
  const { records, resolve } = await call(0);
  expect(records).toHaveLength(2);
  await new Promise((next) => setImmediate(next));
  expect(answered).toBe(false);
  resolve();
  await done;
});

test('an envelope holds at most 1,000 pushes and is closed at its size', async () => {
  const { publisher, call } = bench({ API_PUBLISH_QUEUE_MAX: '5000' });
  const many = Promise.all(Array.from({ length: 2_500 }, () => publisher.publish(order())));
  const first = await call(0);
  expect(envelopes(first.records).map(({ envelope }) => envelope.pushes.length)).toEqual([1_000, 1_000, 500]);
  first.resolve();
  await many;

  const small = bench({ API_ENVELOPE_BYTES_MAX: '1024' });
  const few = Promise.all(Array.from({ length: 20 }, () => small.publisher.publish(order())));
  const { records, resolve } = await small.call(0);
  expect(records.length).toBeGreaterThan(2);
  for (const { value } of records) expect(value.length).toBeLessThanOrEqual(1_100);
  expect(envelopes(records).flatMap(({ envelope }) => envelope.pushes)).toHaveLength(20);
  resolve();
  await few;
});

test('a bus that is away stores nothing and says so', async () => {
  const { publisher, call } = bench();
  const fates: Fate[] = [];
  const done = refusal(publisher.publish(order(['u'], 0, (fate) => fates.push(fate))));
  (await call(0)).reject(new ApiError('BUS_UNAVAILABLE'));
  expect(await done).toBe('BUS_UNAVAILABLE');
  expect(fates).toEqual(['not stored']);
});

test('at the deadline the caller hears PUBLISH_UNKNOWN with the message id, and the same batch is driven on', async () => {
  const { publisher, call } = bench({ API_PUBLISH_DEADLINE_MS: '50' });
  const fates: Fate[] = [];
  const one = order(['u'], 0, (fate) => fates.push(fate));
  const error = await publisher.publish(one).catch((reason: unknown) => reason);
  expect(error).toMatchObject({ code: 'PUBLISH_UNKNOWN', params: { message_id: one.message_id } });
  expect(fates).toEqual([]);
  (await call(0)).resolve();
  await vi.waitUntil(() => fates.length > 0, { interval: 1 });
  expect(fates).toEqual(['stored']);
});

test('what still waited for its turn at the deadline was not sent', async () => {
  const { publisher, call } = bench({ API_PUBLISH_DEADLINE_MS: '50' });
  const first = refusal(publisher.publish(order()));
  const flying = await call(0);
  const fates: Fate[] = [];
  expect(await refusal(publisher.publish(order(['u'], 0, (fate) => fates.push(fate))))).toBe('BUS_UNAVAILABLE');
  expect(fates).toEqual(['not stored']);
  expect(await first).toBe('PUBLISH_UNKNOWN');
  flying.resolve();
});

test('after an unknown outcome the batch is published again, marked, until it is stored', async () => {
  const { publisher, call } = bench();
  const fates: Fate[] = [];
  const done = publisher.publish(order(['u'], 0, (fate) => fates.push(fate)));
  const first = await call(0);
  expect(envelopes(first.records)[0]?.envelope.pushes[0]?.again).toBeUndefined();
  first.reject(new ApiError('PUBLISH_UNKNOWN'));
  const second = await call(1);
  expect(envelopes(second.records)[0]?.envelope.pushes[0]?.again).toBe(true);
  // Storing nothing now says nothing about the first attempt.
  second.reject(new ApiError('BUS_UNAVAILABLE'));
  const third = await call(2);
  expect(envelopes(third.records)[0]?.envelope.pushes[0]?.again).toBe(true);
  third.resolve();
  await done;
  expect(fates).toEqual(['stored']);
});

test('a failure that is no word of the bus is answered as unknown and not repeated', async () => {
  const { publisher, call, calls } = bench();
  const fates: Fate[] = [];
  const done = refusal(publisher.publish(order(['u'], 0, (fate) => fates.push(fate))));
  (await call(0)).reject(new RangeError('a mistake'));
  expect(await done).toBe('PUBLISH_UNKNOWN');
  expect(fates).toEqual(['unknown']);
  expect(calls).toHaveLength(1);
});

test('too much waiting is refused at once, by number and by bytes', async () => {
  const { publisher, call } = bench({ API_PUBLISH_QUEUE_MAX: '3' });
  const flying = publisher.publish(order());
  const { resolve } = await call(0);
  const waiting = [order(), order(), order()].map((one) => publisher.publish(one));
  const fates: Fate[] = [];
  const refused = publisher.publish(order(['u'], 0, (fate) => fates.push(fate)));
  await expect(refused).rejects.toMatchObject({ code: 'OVERLOADED', retryAfterS: 1 });
  expect(fates).toEqual(['not stored']);
  resolve();
  await flying;
  (await call(1)).resolve();
  await Promise.all(waiting);

  const heavy = bench({ API_PUBLISH_QUEUE_BYTES_MAX: '1024' });
  const light = [order(), order()].map((one) => heavy.publisher.publish(one));
  expect(await refusal(heavy.publisher.publish(order()))).toBe('OVERLOADED');
  (await heavy.call(0)).resolve();
  await Promise.all(light);
  const after = heavy.publisher.publish(order());
  (await heavy.call(1)).resolve();
  await after;
});

test('closing waits for what is under way and refuses what is new', async () => {
  const { publisher, call } = bench();
  const under = publisher.publish(order());
  const { resolve } = await call(0);
  const waiting = publisher.publish(order());
  const closed = publisher.close(5_000);
  expect(await refusal(publisher.publish(order()))).toBe('DRAINING');
  resolve();
  (await call(1)).resolve();
  await Promise.all([under, waiting, closed]);
});

test('closing ends by itself when the bus does not answer, and tells what is unknown', async () => {
  const { publisher, call } = bench();
  const fates: Fate[] = [];
  const done = refusal(publisher.publish(order(['u'], 0, (fate) => fates.push(fate))));
  const { reject } = await call(0);
  reject(new ApiError('PUBLISH_UNKNOWN'));
  await call(1);
  await publisher.close(20);
  expect(await done).toBe('PUBLISH_UNKNOWN');
  expect(fates).toEqual(['unknown']);
});

test('when the log has other partitions, what waits is not stored, and what is under way is not tried again', async () => {
  const { publisher, call, calls } = bench();
  const fates: Fate[] = [];
  const under = refusal(publisher.publish(order(['a'], 0, (fate) => fates.push(fate))));
  const { reject } = await call(0);
  const waiting = refusal(publisher.publish(order(['b'], 1, (fate) => fates.push(fate))));
  publisher.dropQueue();
  expect(await waiting).toBe('BUS_UNAVAILABLE');
  reject(new ApiError('PUBLISH_UNKNOWN'));
  expect(await under).toBe('PUBLISH_UNKNOWN');
  expect(fates).toEqual(['not stored', 'unknown']);
  const next = publisher.publish(order(['c'], 1));
  const { records, resolve } = await call(1);
  expect(envelopes(records).flatMap(({ envelope }) => envelope.pushes.map(({ uids }) => uids))).toEqual([['c']]);
  resolve();
  await next;
  expect(calls).toHaveLength(2);
});

test('a batch between two tries ends at once when the log has other partitions', async () => {
  const { publisher, call, calls } = bench({ PUBLISH_DEADLINE_MS: '60000' });
  const under = refusal(publisher.publish(order()));
  (await call(0)).reject(new ApiError('PUBLISH_UNKNOWN'));
  (await call(1)).reject(new ApiError('PUBLISH_UNKNOWN'));
  await new Promise(setImmediate);
  publisher.dropQueue();
  expect(await under).toBe('PUBLISH_UNKNOWN');
  expect(calls).toHaveLength(2);
});
