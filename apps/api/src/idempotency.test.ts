// One key, one push: whoever retries, at whichever api, and whenever state carries a call out. Long: all of it plays on one set of doubles.
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { ApiError, type PushRequest } from '@message-push/protocol';
import { createLog, loadConfig, Metrics } from '@message-push/runtime';
import { createState, type State, stateFields } from '@message-push/state';
import { afterAll, beforeAll, expect, test } from 'vitest';
import {
  type Claim,
  endClaim,
  fingerprintOf,
  Idempotency,
  type IdempotencyDeps,
  type OpenClaim,
} from './idempotency.ts';

const dir = mkdtempSync(join(tmpdir(), 'mp-idempotency-'));
const time = { now: Date.now() };
const clock = { now: () => time.now };
let state: State;

beforeAll(async () => {
  state = await createState(loadConfig(stateFields, {}), { dir, clock });
});

afterAll(async () => {
  await state.close();
  rmSync(dir, { recursive: true });
});

let made = 0;

function api(
  incarnation = `api-${++made}`,
  over: Partial<State> = {},
  published: IdempotencyDeps['published'] = () => Promise.resolve(new Set()),
) {
  const parts = { clock, log: createLog('test', 'silent'), metrics: new Metrics(), id: 'test', announceMs: 10_000 };
  const replaced: IdempotencyDeps['state'] = {
    announce: (...args) => state.announce(...args),
    announced: (kind) => state.announced(kind),
    beginIdempotent: (...args) => state.beginIdempotent(...args),
    takeOverIdempotent: (...args) => state.takeOverIdempotent(...args),
    finishIdempotent: (...args) => state.finishIdempotent(...args),
    ...over,
  };
  return new Idempotency({ ...parts, incarnation, published, state: replaced });
}

const messageId = () => (++made).toString(16).padStart(32, '0');
const key = () => `key-${++made}`;

async function refusal(work: Promise<Claim>): Promise<string> {
  return work.then(
    ({ kind }) => kind,
    (error: unknown) => (error instanceof ApiError ? error.code : String(error)),
  );
}

async function ours(work: Promise<Claim>): Promise<Claim & { kind: 'ours'; claim: OpenClaim }> {
  const claim = await work;
  if (claim.kind !== 'ours') throw new Error('not ours');
  return claim;
}

test('the same key and body give the first answer, from every api', async () => {
  const [one, two, k] = [api(), api(), key()];
  const first = await ours(one.claim('a', k, 'f', messageId()));
  await first.claim.answered(200, '{"first":true}');
  for (const each of [one, two]) {
    expect(await each.claim('a', k, 'f', messageId())).toEqual({
      kind: 'answered',
      status: 200,
      body: '{"first":true}',
    });
    expect(await refusal(each.claim('a', k, 'other', messageId()))).toBe('IDEMPOTENCY_MISMATCH');
  }
  expect(await refusal(two.claim('another app', k, 'other', messageId()))).toBe('ours');
});

test('while it is under way a retry is told to come back, here and at another api', async () => {
  const [one, two, k] = [api(), api(), key()];
  const first = await ours(one.claim('a', k, 'f', messageId()));
  for (const each of [one, two]) {
    const error = await each.claim('a', k, 'f', messageId()).catch((reason: unknown) => reason);
    expect(error).toMatchObject({ code: 'IN_PROGRESS', retryAfterS: 1 });
    expect(await refusal(each.claim('a', k, 'other', messageId()))).toBe('IDEMPOTENCY_MISMATCH');
  }
  await first.claim.dropped();
  expect(await refusal(two.claim('a', k, 'f', messageId()))).toBe('ours');
});

test('of many at once with one key exactly one publishes', async () => {
  const [one, two, k] = [api(), api(), key()];
  const all = await Promise.all(
    Array.from({ length: 40 }, (_, at) => refusal((at % 2 === 0 ? one : two).claim('a', k, 'f', messageId()))),
  );
  expect(all.filter((kind) => kind === 'ours')).toHaveLength(1);
  expect(all.filter((kind) => kind === 'IN_PROGRESS')).toHaveLength(39);
});

test('what an api left behind that is gone is taken over: the same message id, marked', async () => {
  const [gone, two, k] = [api(), api(), key()];
  const id = messageId();
  await gone.claim('a', k, 'f', id);
  expect(await refusal(two.claim('a', k, 'f', messageId()))).toBe('IN_PROGRESS');
  time.now += 10_001;
  await two.announce();
  const taken = await ours(two.claim('a', k, 'f', messageId()));
  expect(taken).toMatchObject({ message_id: id, before: new Set() });
  // From now on it is the other's.
  expect(await refusal(api().claim('a', k, 'f', messageId()))).toBe('IN_PROGRESS');
  await taken.claim.answered(200, 'x');
  expect(await refusal(api().claim('a', k, 'f', messageId()))).toBe('answered');
});

test('of two retries that find the api gone exactly one publishes again', async () => {
  const [one, two, three, k] = [api(), api(), api(), key()];
  await one.claim('a', k, 'f', messageId());
  time.now += 10_001;
  await Promise.all([two.announce(), three.announce()]);
  const outcomes = await Promise.all([two, three].map((other) => refusal(other.claim('a', k, 'f', messageId()))));
  expect(outcomes.toSorted()).toEqual(['IN_PROGRESS', 'ours']);
});

test('what this api gave up itself is published again, marked', async () => {
  const [one, k, id] = [api(), key(), messageId()];
  const first = await ours(one.claim('a', k, 'f', id));
  await endClaim(first.claim, 'unknown', '');
  expect(await one.claim('a', k, 'f', messageId())).toMatchObject({ kind: 'ours', message_id: id, before: new Set() });
});

test('an answer that state did not take is given from memory, and stored when state is back', async () => {
  let away = false;
  const one = api('api-x', {
    finishIdempotent: (...args) =>
      away ? Promise.reject(new ApiError('STATE_UNAVAILABLE')) : state.finishIdempotent(...args),
  });
  const k = key();
  const first = await ours(one.claim('a', k, 'f', messageId()));
  away = true;
  await first.claim.answered(200, 'body');
  expect(await refusal(one.claim('a', k, 'f', messageId()))).toBe('answered');
  expect(await refusal(api().claim('a', k, 'f', messageId()))).toBe('IN_PROGRESS');
  away = false;
  await one.settle();
  expect(await refusal(api().claim('a', k, 'f', messageId()))).toBe('answered');
});

test('of two calls that store the end of a push only one reaches state: a late one would drop the next claim of the key', async () => {
  let drops = 0;
  let go = () => {};
  const held = new Promise<void>((resolve) => (go = resolve));
  const one = api('api-v', {
    async finishIdempotent(...args) {
      if (++drops > 1) await held;
      await state.finishIdempotent(...args);
    },
  });
  const k = key();
  const dropped = (await ours(one.claim('a', k, 'f', messageId()))).claim.dropped();
  const stored = one.settle();
  await dropped;
  const next = await ours(one.claim('a', k, 'g', messageId()));
  go();
  await stored;
  expect(await refusal(api().claim('a', k, 'g', messageId()))).toBe('IN_PROGRESS');
  await next.claim.dropped();
});

test('a drop that failed but was carried out is not repeated over the claim of somebody else', async () => {
  let failing = true;
  const one = api('api-w', {
    async finishIdempotent(...args) {
      await state.finishIdempotent(...args);
      if (failing) throw new ApiError('STATE_UNAVAILABLE');
    },
  });
  const k = key();
  await (await ours(one.claim('a', k, 'f', messageId()))).claim.dropped();
  const other = api();
  await ours(other.claim('a', k, 'f', messageId()));
  failing = false;
  await one.settle();
  expect(await refusal(api().claim('a', k, 'f', messageId()))).toBe('IN_PROGRESS');
});

test('while nobody can tell what became of the first attempt, its record stays where any api finds it', async () => {
  const k = key();
  const id = messageId();
  await api().claim('a', k, 'f', id);
  time.now += 10_001;
  const blind = api('api-u', {}, () => Promise.reject(new ApiError('PUBLISH_UNKNOWN', { params: { message_id: id } })));
  expect(await refusal(blind.claim('a', k, 'f', messageId()))).toBe('PUBLISH_UNKNOWN');
  const sees = api('api-t', {}, (asked) => Promise.resolve(asked === id ? 'all' : new Set()));
  expect(await sees.claim('a', k, 'f', messageId())).toMatchObject({ kind: 'ours', message_id: id, before: 'all' });
});

test('without state a key is refused and leaves nothing behind', async () => {
  let away = true;
  const one = api('api-y', {
    beginIdempotent: (...args) =>
      away ? Promise.reject(new ApiError('STATE_UNAVAILABLE')) : state.beginIdempotent(...args),
  });
  const k = key();
  expect(await refusal(one.claim('a', k, 'f', messageId()))).toBe('STATE_UNAVAILABLE');
  away = false;
  expect(await refusal(one.claim('a', k, 'f', messageId()))).toBe('ours');
});

/** Calls that the other side carries out when it is let, long after they were given up here. */
function late() {
  const waiting: (() => Promise<unknown>)[] = [];
  const giveUp = <T>(call: () => Promise<T>): Promise<T> => {
    waiting.push(call);
    return Promise.reject(new ApiError('STATE_UNAVAILABLE'));
  };
  const carryOut = async () => {
    for (const call of waiting.splice(0)) await call();
  };
  return { giveUp, carryOut };
}

test('a claim that was given up here and is carried out late keeps no other api from the key, while this one lives', async () => {
  const { giveUp, carryOut } = late();
  const [k, id] = [key(), messageId()];
  const one = api('api-l', { beginIdempotent: (...args) => giveUp(() => state.beginIdempotent(...args)) });
  expect(await refusal(one.claim('a', k, 'f', id))).toBe('STATE_UNAVAILABLE');
  await one.settle();
  await carryOut();
  expect(await refusal(api().claim('a', k, 'f', messageId()))).toBe('IN_PROGRESS');
  time.now += 3_333;
  await one.announce();
  await one.settle();
  const retries = await Promise.all([api(), api()].map((each) => refusal(each.claim('a', k, 'f', messageId()))));
  expect(retries.toSorted()).toEqual(['IN_PROGRESS', 'ours']);
});

test('a take-over that was given up here and is carried out late keeps no other api from the key', async () => {
  const { giveUp, carryOut } = late();
  const [k, id] = [key(), messageId()];
  let away = true;
  await api().claim('a', k, 'f', id);
  time.now += 10_001;
  const one = api('api-m', {
    takeOverIdempotent: (...args) =>
      away ? giveUp(() => state.takeOverIdempotent(...args)) : state.takeOverIdempotent(...args),
  });
  expect(await refusal(one.claim('a', k, 'f', messageId()))).toBe('STATE_UNAVAILABLE');
  await carryOut();
  expect(await refusal(api().claim('a', k, 'f', messageId()))).toBe('IN_PROGRESS');
  away = false;
  await one.settle();
  expect(await api().claim('a', k, 'f', messageId())).toMatchObject({ kind: 'ours', message_id: id });
});

test('what was taken over and could not be sent is anybody’s to publish again, under the same id, while this api lives', async () => {
  const [one, k, id] = [api('api-n'), key(), messageId()];
  await api().claim('a', k, 'f', id);
  time.now += 10_001;
  await (await ours(one.claim('a', k, 'f', messageId()))).claim.dropped();
  await one.settle();
  expect(await api().claim('a', k, 'f', messageId())).toMatchObject({
    kind: 'ours',
    message_id: id,
    before: new Set(),
  });
});

test('a key that this api drives again is not handed over meanwhile', async () => {
  const { giveUp, carryOut } = late();
  let away = true;
  const one = api('api-o', {
    beginIdempotent: (...args) =>
      away ? giveUp(() => state.beginIdempotent(...args)) : state.beginIdempotent(...args),
  });
  const [k, id] = [key(), messageId()];
  expect(await refusal(one.claim('a', k, 'f', id))).toBe('STATE_UNAVAILABLE');
  await carryOut();
  away = false;
  const again = await ours(one.claim('a', k, 'f', messageId()));
  expect(again.message_id).toBe(id);
  await one.settle();
  expect(await refusal(api().claim('a', k, 'f', messageId()))).toBe('IN_PROGRESS');
  await again.claim.answered(200, 'x');
  expect(await refusal(api().claim('a', k, 'f', messageId()))).toBe('answered');
});

test('an api that could not announce itself takes no keyed push: others would think it gone', async () => {
  const one = api('api-z', { announce: () => Promise.reject(new ApiError('STATE_UNAVAILABLE')) });
  expect(await refusal(one.claim('a', key(), 'f', messageId()))).toBe('STATE_UNAVAILABLE');
});

test('the fingerprint is of what a push means, not of how its JSON is spelt', () => {
  const request: PushRequest = { uids: ['1', '2'], device_ids: [], message: { content: 'x', title: 't' } };
  const same: PushRequest = { message: { title: 't', content: 'x' }, device_ids: [], uids: ['1', '2'] };
  expect(fingerprintOf(same)).toBe(fingerprintOf(request));
  const others: PushRequest[] = [
    { ...request, uids: ['2', '1'] },
    { ...request, device_ids: ['d'] },
    { ...request, platforms: ['h5'] },
    { ...request, ttl_s: 0 },
    { ...request, message: { content: 'x', extras: 't' } },
    { ...request, message: { content: 'y', title: 't' } },
  ];
  expect(new Set([request, ...others].map(fingerprintOf)).size).toBe(7);
});
