// What an archive promises about pushes to many receivers: each is one push, however it is kept.
import type { Receipt } from '@message-push/protocol';
import { expect, test } from 'vitest';
import type { Scene } from './conformance.ts';
import { Builder, deliveriesAll, FACTS, part, receipt, START, searchAll } from './conformance-world.ts';
import type { Bucket, PushQuery, QueuedPush } from './index.ts';

const MANY = 1000;

export function wideConformance(scene: Scene): void {
  test('a push to a thousand, told in parts and after its first receipts, is one push with each delivery found', async () => {
    const { push, parts, acked } = manyParts(new Builder());
    const [first, ...others] = parts;
    if (first === undefined) throw new Error('there are four parts');
    const [early, late] = [acked.slice(0, 120), acked.slice(120, 240)];
    await scene.write({ receipts: early });
    await scene.write({ pushes: [first], receipts: late });
    for (const other of others) await scene.write({ pushes: [other], receipts: early.slice(0, 5) });
    await checkMany(scene, push, new Set([...early, ...late].map(({ uid }) => uid)));
  });

  test('a late receipt for one of a thousand counts, after a restart too', async () => {
    const { push, parts, acked } = manyParts(new Builder());
    await scene.write({ pushes: parts, receipts: acked.slice(0, 10) });
    await scene.reopen();
    await scene.write({ receipts: acked.slice(5, 30) });
    await scene.write({ receipts: acked.slice(30, 31) });
    await scene.reopen();
    await scene.write({ pushes: parts.slice(0, 2) }); // told again
    await checkMany(scene, push, new Set(acked.slice(0, 31).map(({ uid }) => uid)));
  });

  test('the deliveries of a push to a thousand are found and counted by their node and their reason, each by itself', async () => {
    const build = new Builder();
    const push = build.push({ uids: uidsOf(MANY) });
    const facts = [
      { ...FACTS.routed, node: 'node-1' },
      { ...FACTS.acked, node: 'node-2' },
      { ...FACTS.expired, node: 'node-1' },
      FACTS.expired,
      {},
    ];
    const receipts = push.uids.map((uid, n) => ({ ...receipt(push, facts[n % facts.length]), uid }));
    await scene.write({ pushes: [push], receipts });
    const { app } = build;
    const part = MANY / facts.length;
    const reason = 'inbox full';
    const cases: [PushQuery, Bucket['counts']?][] = [
      [{ node: 'node-1' }, { routed: part, expired: part }],
      [{ node: 'node-2' }, { acked: part }],
      [{ reason }, { expired: 2 * part }],
      [{ reason, node: 'node-1' }, { expired: part }],
      [{ node: 'node-1', status: ['expired', 'acked'] }, { expired: part }],
      [{ node: 'node-1', uid: 'u0002', reason }, { expired: 1 }],
      [{ node: 'node-1', uid: 'u0001' }],
      [{ reason, uid: 'u0000' }],
      [{ reason, status: ['acked'] }],
      [{ node: 'node-3' }],
    ];
    for (const [query, counts] of cases) {
      const asked = { app, from: START, ...query };
      const buckets = counts === undefined ? [] : [{ from: START, counts }];
      expect(await scene.archive.histogram(asked, 1000), JSON.stringify(query)).toEqual(buckets);
      const { items, total } = await scene.archive.search(asked, { limit: 2 });
      expect([items.length, total], JSON.stringify(query)).toEqual([buckets.length, buckets.length]);
    }
  });

  test('pages by status show each push to many once, and the total counts it once', async () => {
    const build = new Builder();
    const pushes = Array.from({ length: 40 }, (_, n) =>
      build.push({ c_time: START + (n >> 1), uids: uidsOf(n % 3 === 0 ? 1 : 150) }),
    );
    const receipts = pushes.flatMap((push) => push.uids.map((uid) => ({ ...receipt(push, FACTS.written), uid })));
    await scene.write({ pushes, receipts });
    const order = pushes
      .sort((a, b) => b.c_time - a.c_time || (b.message_id > a.message_id ? 1 : -1))
      .map(({ message_id }) => message_id);
    const query = { app: build.app, status: ['written' as const, 'dead' as const] };
    for (const limit of [1, 7, 40, 200]) {
      const found = await searchAll(scene.archive, query, limit);
      expect(found.map(({ message_id }) => message_id)).toEqual(order);
      for (const { counts, accepted } of found) expect(counts).toEqual({ written: accepted });
    }
    const page = await scene.archive.search(query, { limit: 5 });
    const second = await scene.archive.search(query, { limit: 5, cursor: page.cursor ?? '' });
    expect([page, second].map(({ total, totalIsLowerBound }) => [total, totalIsLowerBound])).toEqual([
      [40, false],
      [40, false],
    ]);
  });
}

function uidsOf(n: number): string[] {
  return Array.from({ length: n }, (_, i) => `u${String(i).padStart(4, '0')}`);
}

/** A push to a thousand in four parts, and a receipt of each receiver. */
function manyParts(build: Builder): { push: QueuedPush; parts: QueuedPush[]; acked: Receipt[] } {
  const push = build.push({ uids: uidsOf(MANY), content: '维护' });
  const parts = [0, 1, 2, 3].map((n) =>
    part(push, { uids: push.uids.filter((_, i) => i % 4 === n), partition: n, offset: 10 + n }),
  );
  const acked = push.uids.map((_, n) => ({ ...receipt(push, FACTS.acked), uid: push.uids[(n * 7) % MANY] ?? '' }));
  return { push, parts, acked };
}

async function checkMany({ archive }: Scene, push: QueuedPush, acked: Set<string>): Promise<void> {
  const { app, message_id } = push;
  const counts = { acked: acked.size, queued: MANY - acked.size };
  expect(await archive.push(message_id)).toMatchObject({ counts, last_at: FACTS.acked.acked_at });
  const queries = [{}, { status: ['acked' as const] }, { status: ['queued' as const], text: '维护' }, { uid: 'u0777' }];
  for (const query of queries) {
    const { items, total } = await archive.search({ app, ...query }, { limit: 2 });
    expect([items.map((item) => item.counts), total], JSON.stringify(query)).toEqual([[counts], 1]);
  }
  const deliveries = await deliveriesAll(archive, message_id, 200);
  expect(deliveries.map(({ uid }) => uid)).toEqual(push.uids);
  for (const { uid, status } of deliveries) expect(status, uid).toBe(acked.has(uid) ? 'acked' : 'queued');
  for (const uid of push.uids.filter((_, n) => n % 97 === 0)) {
    const status = acked.has(uid) ? ('acked' as const) : ('queued' as const);
    const other = acked.has(uid) ? ('queued' as const) : ('acked' as const);
    expect((await archive.search({ app, uid, status: [status] }, { limit: 1 })).total, uid).toBe(1);
    expect((await archive.search({ app, uid, status: [other] }, { limit: 1 })).total, uid).toBe(0);
    expect(await archive.histogram({ app, uid, from: START }, 1000)).toEqual([
      { from: START, counts: { [status]: 1 } },
    ]);
    expect((await archive.deliveries(message_id, { limit: 9, uid })).items.map((item) => item.status)).toEqual([
      status,
    ]);
  }
  expect(await archive.histogram({ app, from: START }, 1000)).toEqual([{ from: START, counts }]);
  const told = acked.size; // FACTS.acked has the times of the hops before
  expect(await archive.funnel({ app })).toEqual({ accepted: MANY, routed: told, written: told, acked: told });
}
