// What an archive promises about searching: filters and their combinations, order, pages, histogram, funnel, bounds. Long, so that the whole of it is in one place.
import { ApiError, DELIVERY_STATUSES, type DeliveryStatus } from '@message-push/protocol';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import type { Scene } from './conformance.ts';
import { Builder, EVIL, FACTS, Model, receipt, START, searchAll } from './conformance-world.ts';
import type { PushQuery } from './index.ts';

export function searchConformance(scene: Scene): void {
  describe('filters', () => filters(scene));
  describe('pages', () => pages(scene));
  describe('bounds', () => bounds(scene));
}

function filters(scene: Scene): void {
  test('every filter, and every combination of them, finds exactly what satisfies it, newest first', async () => {
    const { model, apps } = await manyPushes(scene);
    const ids = model.deliveries.map(({ push }) => push.message_id);
    await fc.assert(
      fc.asyncProperty(queries(apps, ids), async (query) => {
        const expected = model.found({ ...query, app: query.app ?? apps[0] ?? '' }, scene.time);
        const found = await searchAll(scene.archive, { ...query, app: query.app ?? apps[0] ?? '' }, 50);
        expect(found.map(({ message_id }) => message_id)).toEqual(expected);
      }),
      { numRuns: scene.runs(300) },
    );
  });

  test('histogram and funnel count the deliveries that satisfy the query', async () => {
    const { model, apps } = await manyPushes(scene);
    await fc.assert(
      fc.asyncProperty(queries(apps, []), fc.constantFrom(1, 7, 50, 1000), async (some, interval) => {
        const query = { from: START, ...some, app: some.app ?? apps[0] ?? '' };
        const deliveries = model.matching(query, scene.time);
        const buckets = new Map<number, Partial<Record<DeliveryStatus, number>>>();
        const funnel = { accepted: 0, routed: 0, written: 0, acked: 0 };
        for (const delivery of deliveries) {
          const { facts, push } = delivery;
          const counts = buckets.get(push.c_time - (push.c_time % interval)) ?? {};
          buckets.set(push.c_time - (push.c_time % interval), counts);
          const status = model.status(delivery, scene.time);
          counts[status] = (counts[status] ?? 0) + 1;
          funnel.accepted += 1;
          if (facts.routed_at !== undefined || facts.written_at !== undefined) funnel.routed += 1;
          if (facts.written_at !== undefined) funnel.written += 1;
          if (facts.acked_at !== undefined) funnel.acked += 1;
        }
        const expected = [...buckets].sort(([a], [b]) => a - b).map(([from, counts]) => ({ from, counts }));
        expect(await scene.archive.histogram(query, interval)).toEqual(expected);
        expect(await scene.archive.funnel(query)).toEqual(funnel);
      }),
      { numRuns: scene.runs(150) },
    );
  });

  test('of several apps exactly theirs is found, however many are named and whatever else is asked', async () => {
    const { model, apps } = await manyPushes(scene);
    const others = Array.from({ length: 30 }, (_, n) => `no-app-${n}`);
    const lists = fc.subarray([...apps, ...others], { minLength: 1 });
    await fc.assert(
      fc.asyncProperty(queries(apps, []), lists, async (query, list) => {
        const asked = { ...query, apps: list };
        const expected = model.found(asked, scene.time);
        const found = await searchAll(scene.archive, asked, 50);
        expect(found.map(({ message_id }) => message_id)).toEqual(expected);
      }),
      { numRuns: scene.runs(100) },
    );
    await expect(scene.archive.search({ apps: [] }, { limit: 1 })).rejects.toMatchObject({ code: 'INVALID_QUERY' });
  });

  test('a sample has the deliveries of the newest pushes that satisfy the query, and no others', async () => {
    const { model, apps } = await manyPushes(scene);
    await fc.assert(
      fc.asyncProperty(queries(apps, []), fc.integer({ min: 1, max: 400 }), async (some, limit) => {
        const query = { ...some, app: some.app ?? apps[0] ?? '' };
        const matching = model.matching(query, scene.time);
        const names = matching.map(({ push, uid }) => `${push.message_id} ${uid}`);
        const sample = await scene.archive.sample(query, limit);
        const taken = sample.map(({ message_id, uid }) => `${message_id} ${uid}`);
        expect(new Set(taken).size).toBe(taken.length);
        expect(taken.length).toBe(Math.min(limit, names.length));
        expect(taken.filter((one) => !names.includes(one))).toEqual([]);
        const times = sample.map(({ c_time }) => c_time);
        expect(times).toEqual([...times].sort((a, b) => b - a));
        const newest = matching.map(({ push }) => push.c_time).sort((a, b) => b - a);
        expect(times).toEqual(newest.slice(0, limit));
      }),
      { numRuns: scene.runs(100) },
    );
    const [one] = await scene.archive.sample({ app: apps[0] ?? '', status: ['acked'] }, 1);
    const { c_time, ...record } = one ?? { c_time: 0, message_id: '', uid: '' };
    const { items } = await scene.archive.deliveries(record.message_id, { limit: 1, uid: record.uid });
    expect(items).toEqual([record]);
    expect((await scene.archive.push(record.message_id))?.c_time).toBe(c_time);
    for (const limit of [0, 1001, 1.5])
      await expect(scene.archive.sample({}, limit)).rejects.toMatchObject({ code: 'INVALID_QUERY' });
  });

  test('a search answers the whole push with the counts of all its deliveries', async () => {
    const build = new Builder();
    const push = build.push({ uids: ['1', '2', '3'], title: 'A', content_type: 'text', platforms: ['h5'] });
    await scene.write({ pushes: [push], receipts: [receipt(push, FACTS.acked)] });
    const page = await scene.archive.search({ app: build.app, uid: '1' }, { limit: 10 });
    const { uids: _, partition: _p, offset: _o, seq: _s, queued_at: _q, ...record } = push;
    expect(page).toEqual({
      items: [{ ...record, counts: { acked: 1, queued: 2 }, last_at: FACTS.acked.acked_at }],
      total: 1,
      totalIsLowerBound: false,
    });
  });
}

function pages(scene: Scene): void {
  test('pages neither skip nor repeat while new pushes come in, also within one millisecond', async () => {
    const build = new Builder();
    const pushes = Array.from({ length: 700 }, (_, n) => build.push({ c_time: START + (n % 7), content: 'same text' }));
    await scene.write({ pushes });
    const order = pushes
      .sort((a, b) => b.c_time - a.c_time || (b.message_id > a.message_id ? 1 : -1))
      .map((p) => p.message_id);
    for (const query of [{}, { uid: '1' }, { text: 'same text' }, { status: ['queued' as const] }]) {
      const seen: string[] = [];
      for (let cursor: string | undefined; ; ) {
        const page = await scene.archive.search(
          { app: build.app, ...query },
          { limit: 60, ...(cursor === undefined ? {} : { cursor }) },
        );
        seen.push(...page.items.map(({ message_id }) => message_id));
        if (page.cursor === undefined) break;
        cursor = page.cursor;
        const newer = Array.from({ length: 3 }, () => build.push({ c_time: START + 3, content: 'same text' }));
        newer.push(build.push({ c_time: START + 500, content: 'same text' }));
        await scene.write({ pushes: newer });
      }
      expect(seen.filter((id) => order.includes(id))).toEqual(order);
      expect(new Set(seen).size).toBe(seen.length);
    }
  });

  test('the total is exact up to 10,000 and a lower bound beyond', async () => {
    const build = new Builder();
    const pushes = Array.from({ length: 10_001 }, (_, n) => build.push({ c_time: START + (n >> 3), uids: ['7'] }));
    for (let n = 0; n < 10_000; n += 500) await scene.archive.write({ pushes: pushes.slice(n, n + 500), receipts: [] });
    await scene.bench.settle?.();
    const query = { app: build.app };
    const exact = await scene.archive.search(query, { limit: 1 });
    expect([exact.total, exact.totalIsLowerBound]).toEqual([10_000, false]);
    await scene.write({ pushes: pushes.slice(10_000) });
    const bound = await scene.archive.search({ ...query, uid: '7', text: 'message' }, { limit: 1 });
    expect([bound.total, bound.totalIsLowerBound]).toEqual([10_000, true]);
  });
}

function bounds(scene: Scene): void {
  const refused = expect.objectContaining({ code: 'INVALID_QUERY' });

  test('limits, cursors and intervals out of bounds are refused with the field named', async () => {
    const { archive } = scene;
    for (const limit of [0, 201, 1.5, Number.NaN, -1])
      await expect(archive.search({}, { limit }), String(limit)).rejects.toEqual(refused);
    for (const cursor of ['', '!', 'bnVsbA', 'W10', 'WzEsMl0', 'x'.repeat(2000), Buffer.from('["a","b"]').toString()]) {
      await expect(archive.search({}, { limit: 1, cursor }), cursor).rejects.toEqual(refused);
      await expect(archive.deliveries('0'.repeat(32), { limit: 1, cursor }), cursor).rejects.toEqual(refused);
    }
    await expect(archive.search({ text: '维'.repeat(201) }, { limit: 1 })).rejects.toEqual(refused);
    await expect(archive.search({ text: ' !? ' }, { limit: 1 })).rejects.toThrow('text');
    await expect(archive.histogram({ from: START, to: START + 501 }, 1)).rejects.toThrow('interval');
    await expect(archive.histogram({}, 0)).rejects.toEqual(refused);
    await expect(archive.histogram({}, Number.POSITIVE_INFINITY)).rejects.toEqual(refused);
  });

  test('without a start a histogram covers the newest 500 intervals', async () => {
    const build = new Builder();
    const pushes = [0, 1, 499, 500, 1000].map((n) => build.push({ c_time: START + n * 10 }));
    await scene.write({ pushes });
    const buckets = await scene.archive.histogram({ app: build.app, to: START + 10_010 }, 10);
    expect(buckets).toEqual([{ from: START + 10_000, counts: { queued: 1 } }]);
    const early = await scene.archive.histogram({ app: build.app, to: START + 5000 }, 10);
    expect(early.map(({ from }) => from - START)).toEqual([0, 10, 4990]);
  });

  test('10,000 random queries are answered or refused as invalid, never anything else', async () => {
    await manyPushes(scene);
    const part = fc.oneof(fc.string({ unit: 'binary' }), fc.string(), fc.constantFrom(...EVIL, '维护', 'order', '1'));
    const time = fc.oneof(fc.integer(), fc.double(), fc.integer({ min: START - 10, max: START + 2000 }));
    const query = fc.record(
      {
        ...{
          app: part,
          uid: part,
          message_id: part,
          platform: part,
          content_type: part,
          text: part,
          node: part,
          reason: part,
        },
        ...{ from: time, to: time, other: fc.anything(), apps: fc.array(part) },
        status: fc.oneof(fc.subarray([...DELIVERY_STATUSES]), fc.array(part)),
      },
      { requiredKeys: [] },
    );
    const wild = fc.oneof({ weight: 9, arbitrary: query }, { weight: 1, arbitrary: fc.anything() });
    const page = fc.record(
      { limit: fc.oneof({ weight: 9, arbitrary: fc.integer({ min: 1, max: 200 }) }, time), cursor: part },
      { requiredKeys: ['limit'] },
    );
    const { archive } = scene;
    const outcomes = new Set<string>();
    const settle = async (call: () => Promise<unknown>) => {
      const error = await call().then(
        () => undefined,
        (reason: unknown) => reason,
      );
      if (error === undefined) outcomes.add('answered');
      else if (error instanceof ApiError) outcomes.add(error.code);
      else throw error;
    };
    await fc.assert(
      fc.asyncProperty(wild, page, time, async (random, place, interval) => {
        // Whatever a caller in another language may send.
        const any = random as PushQuery;
        await Promise.all([
          settle(() => archive.search(any, place)),
          settle(() => archive.histogram(any, interval)),
          settle(() => archive.funnel(any)),
          settle(() => archive.sample(any, place.limit)),
          settle(() => archive.deliveries(String(any?.message_id), { ...any, ...place } as typeof place)),
        ]);
      }),
      { numRuns: scene.runs(2500) },
    );
    expect([...outcomes].sort()).toEqual(['INVALID_QUERY', 'answered']);
  });
}

const WORDS = ['维护', '系统', '订单', 'order', 'Hello', '通知'];
const PLATFORMS = ['h5', 'ios', 'android'];

/** 120 pushes of two apps over 100 ms, one to three receivers, all statuses, words in any combination. */
async function manyPushes(scene: Scene): Promise<{ model: Model; apps: string[] }> {
  const model = new Model();
  const builders = [new Builder(), new Builder()];
  const statuses = [...Object.values(FACTS), { ...FACTS.acked, node: 'node-2' }, { ...FACTS.written, node: 'node-1' }];
  const pick = <T>(list: T[], n: number) => list.slice(n % list.length, (n % list.length) + 1);
  for (let n = 0; n < 120; n++) {
    const uids = ['1', '2', '3', '4'].slice(n % 3, (n % 3) + 1 + (n % 2));
    const push = builders[n % 5 === 0 ? 1 : 0]?.push({
      ...{ c_time: START + ((n * 37) % 100), uids, ttl_s: n % 4 === 0 ? 0 : 60 },
      ...{ title: pick(WORDS, n).join(), content: [...pick(WORDS, n >> 2), ...pick(WORDS, n >> 3), n].join(' ') },
      ...(n % 3 === 0 ? {} : { platforms: [...pick(PLATFORMS, n), ...pick(PLATFORMS, n >> 1)] }),
      ...(n % 2 === 0 ? {} : { content_type: n % 3 === 0 ? 'text' : 'html' }),
    });
    if (push === undefined) throw new Error('there are two builders');
    const facts = Object.fromEntries(uids.map((uid, i) => [uid, pick(statuses, n + i * 3)[0] ?? {}]));
    model.add(push, facts);
    await scene.archive.write({
      pushes: [push],
      receipts: uids.map((uid) => ({ ...receipt(push, facts[uid]), uid })),
    });
  }
  await scene.bench.settle?.();
  scene.time = START + 30_000; // those to whoever is online now are over, the others are not
  return { model, apps: builders.map(({ app }) => app) };
}

/** Queries of up to three clauses: with more of them hardly anything would be found. */
function queries(apps: string[], ids: string[]): fc.Arbitrary<PushQuery> {
  const time = fc.integer({ min: START - 2, max: START + 102 });
  const status = fc.oneof(
    fc.constantFrom(...DELIVERY_STATUSES).map((one) => [one]),
    fc.subarray([...DELIVERY_STATUSES], { minLength: 2 }),
  );
  const clauses = fc.record({
    app: fc.constantFrom(...apps),
    uid: fc.constantFrom('1', '2', '3', '4', '5'),
    status,
    platform: fc.constantFrom(...PLATFORMS, 'tv'),
    content_type: fc.constantFrom('text', 'html', 'none'),
    node: fc.constantFrom('node-1', 'node-2'),
    reason: fc.constantFrom('nobody is online', 'inbox full', 'none'),
    text: fc.array(fc.constantFrom(...WORDS, '维', 'ORDER'), { minLength: 1, maxLength: 2 }).map((w) => w.join(' ')),
    ...{ from: time, to: time },
    ...(ids.length === 0 ? {} : { message_id: fc.oneof(fc.constantFrom(...ids), fc.constant('0'.repeat(32))) }),
  });
  const names = [
    'app',
    'uid',
    'status',
    'status',
    'node',
    'node',
    'reason',
    'platform',
    'content_type',
    'text',
    'from',
  ];
  names.push('to', 'message_id');
  return fc
    .tuple(clauses, fc.shuffledSubarray(names, { maxLength: 3 }))
    .map(([all, kept]) => Object.fromEntries(Object.entries(all).filter(([name]) => kept.includes(name))));
}
