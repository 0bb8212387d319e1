// What an archive promises about writing: facts in any order and repetition, statuses, retention, crashes.
import { ApiError, DELIVERY_STATUSES, type Receipt } from '@message-push/protocol';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import type { Scene } from './conformance.ts';
import { Builder, deliveriesAll, FACTS, part, receipt, START, searchAll } from './conformance-world.ts';
import type { QueuedPush } from './index.ts';

export function writeConformance(scene: Scene): void {
  test('a push is read back as it was written, with the hops of its delivery', async () => {
    const build = new Builder();
    const push = build.push({
      title: '通知',
      content: 'hello',
      content_type: 'text',
      platforms: ['h5', 'ios'],
      traceparent: '00-1-2-01',
    });
    const routed = receipt(push, { routed_at: START + 5, node: 'node-1', ring_version: 4, seq: push.seq });
    const written = receipt(push, { written_at: START + 6, gateway: 'gateway-1', session_id: 's1', platform: 'h5' });
    await scene.write({ pushes: [push], receipts: [routed, written] });
    const { uids: _, partition, offset, seq, queued_at, ...record } = push;
    expect(await scene.archive.push(push.message_id)).toEqual({
      ...record,
      ...{ counts: { written: 1 }, last_at: START + 6 },
    });
    expect((await scene.archive.deliveries(push.message_id, { limit: 10 })).items).toEqual([
      {
        ...{ message_id: push.message_id, app: push.app, uid: '1', status: 'written', partition, offset, seq },
        ...{ queued_at, routed_at: START + 5, written_at: START + 6, expires_at: push.c_time + 86_400_000 },
        ...{ node: 'node-1', gateway: 'gateway-1', session_id: 's1', platform: 'h5', ring_version: 4 },
      },
    ]);
  });

  test('what is unknown is not there', async () => {
    expect(await scene.archive.push('0'.repeat(32))).toBeUndefined();
    expect(await scene.archive.deliveries('0'.repeat(32), { limit: 10 })).toEqual({ items: [] });
    await scene.write({});
    await scene.archive.ping();
  });

  test('any order and any repetition of the same facts gives the same archive', async () => {
    await fc.assert(
      fc.asyncProperty(history, fc.infiniteStream(fc.nat()), async (facts, chance) => {
        const next = () => Number(chance.next().value);
        const inOrder = new Told(facts);
        await scene.write({ pushes: inOrder.pushes, receipts: inOrder.receipts });
        const shuffled = new Told(facts);
        const parts = [...shuffled.pushes, ...shuffled.receipts, ...shuffled.pushes, ...shuffled.receipts]
          .map((part) => ({ part, key: next() }))
          .sort((a, b) => a.key - b.key)
          .map(({ part }) => part);
        while (parts.length > 0) await scene.archive.write(batchOf(parts.splice(0, 1 + (next() % 4))));
        await scene.bench.settle?.();
        expect(await shuffled.snapshot(scene)).toEqual(await inOrder.snapshot(scene));
      }),
      { numRuns: scene.runs(60) },
    );
  });

  test('what is told at the same time, by several writers too, gives the same archive as one after the other', async () => {
    const another = (await scene.bench.openAnother?.()) ?? scene.archive;
    await fc.assert(
      fc.asyncProperty(history, fc.array(fc.boolean(), { minLength: 1 }), async (facts, other) => {
        const inOrder = new Told(facts);
        await scene.write({ pushes: inOrder.pushes, receipts: inOrder.receipts });
        const atOnce = new Told(facts);
        const parts = [...atOnce.receipts, ...atOnce.pushes, ...atOnce.receipts];
        const writer = (n: number) => (other[n % other.length] ? another : scene.archive);
        await Promise.all(parts.map((part, n) => writer(n).write(batchOf([part]))));
        await scene.bench.settle?.();
        expect(await atOnce.snapshot(scene)).toEqual(await inOrder.snapshot(scene));
      }),
      // A failure depends on who is first: looking for a smaller one would only take the time to tell it.
      { numRuns: scene.runs(100), endOnFailure: true },
    );
    if (another !== scene.archive) await another.close();
  });

  test('a receipt that comes before its push is kept and shows as soon as the push is in', async () => {
    const push = new Builder().push({ content: '维护' });
    await scene.write({ receipts: [receipt(push, FACTS.acked)] });
    expect(await scene.archive.push(push.message_id)).toBeUndefined();
    expect((await scene.archive.search({ uid: '1', app: push.app }, { limit: 10 })).total).toBe(0);
    expect((await scene.archive.deliveries(push.message_id, { limit: 10 })).items).toEqual([]);
    await scene.write({ pushes: [push] });
    for (const query of [{ uid: '1' }, { text: '维护' }, { status: ['acked' as const] }])
      expect((await searchAll(scene.archive, { ...query, app: push.app })).map((item) => item.counts)).toEqual([
        { acked: 1 },
      ]);
  });

  test('a push that came in parts, one per partition, is one push with all its receivers', async () => {
    const build = new Builder();
    const first = build.push({ uids: ['1', '2'], accepted: 3 });
    const second = part(first, { uids: ['3'], partition: 5, offset: 9 });
    await scene.write({ pushes: [first], receipts: [{ ...receipt(first, FACTS.routed), uid: '3' }] });
    expect((await scene.archive.push(first.message_id))?.counts).toEqual({ queued: 2, routed: 1 });
    await scene.write({ pushes: [second] });
    const found = await searchAll(scene.archive, { app: build.app });
    expect(found.map(({ counts }) => counts)).toEqual([{ queued: 2, routed: 1 }]);
    const deliveries = await deliveriesAll(scene.archive, first.message_id);
    expect(deliveries.map(({ uid, partition }) => [uid, partition])).toEqual([
      ['1', 3],
      ['2', 3],
      ['3', 5],
    ]);
  });

  test('every status is computed from the times, and what is not written in time is expired', async () => {
    const build = new Builder();
    const { expired, queued, ...others } = FACTS;
    const facts = Object.entries({ queued, expired, ...others });
    const push = build.push({ uids: facts.map(([status]) => status), ttl_s: 60 });
    const receipts = facts.map(([status, told]) => ({ ...receipt(push, told), uid: status }));
    // The receiver `accepted` is known from a receipt without times alone.
    receipts.push({ ...receipt(push), uid: 'accepted' });
    await scene.write({ pushes: [push], receipts });
    const each = Object.fromEntries(DELIVERY_STATUSES.map((status) => [status, 1]));
    expect((await scene.archive.push(push.message_id))?.counts).toEqual(each);
    for (const { uid, status } of await deliveriesAll(scene.archive, push.message_id)) expect(status).toBe(uid);
    scene.time = push.c_time + 60_000;
    expect((await scene.archive.push(push.message_id))?.counts).toEqual(each);
    for (const status of DELIVERY_STATUSES) {
      const { items } = await scene.archive.deliveries(push.message_id, { limit: 10, status: [status] });
      expect(items.map(({ uid }) => uid)).toEqual([status]);
    }
    scene.time += 1;
    const later = { expired: 5, dead: 1, recalled: 1, written: 1, acked: 1 };
    expect((await scene.archive.push(push.message_id))?.counts).toEqual(later);
    const { items } = await scene.archive.deliveries(push.message_id, { limit: 10, status: ['expired'] });
    expect(items.map(({ uid }) => uid)).toEqual(['accepted', 'expired', 'offline', 'queued', 'routed']);
  });

  test('a message for whoever is online now is over after ten seconds', async () => {
    const push = new Builder().push({ ttl_s: 0 });
    await scene.write({ pushes: [push] });
    scene.time = push.c_time + 10_000;
    expect((await scene.archive.push(push.message_id))?.counts).toEqual({ queued: 1 });
    scene.time += 1;
    expect((await scene.archive.push(push.message_id))?.counts).toEqual({ expired: 1 });
  });

  test('a reason is told as long as nothing went further than what it explains', async () => {
    const push = new Builder().push();
    const reason = async () => (await scene.archive.deliveries(push.message_id, { limit: 1 })).items[0]?.reason;
    await scene.write({ pushes: [push], receipts: [receipt(push, FACTS.offline)] });
    expect(await reason()).toBe('nobody is online');
    await scene.write({ receipts: [receipt(push, FACTS.written)] });
    expect(await reason()).toBeUndefined();
  });

  test('deliveries come in pages ordered by uid, filtered by status and uid', async () => {
    const push = new Builder().push({ uids: Array.from({ length: 95 }, (_, n) => `u${String(n).padStart(3, '0')}`) });
    const receipts = push.uids.filter((_, n) => n % 3 === 0).map((uid) => ({ ...receipt(push, FACTS.acked), uid }));
    await scene.write({ pushes: [push], receipts });
    const all = await deliveriesAll(scene.archive, push.message_id, 10);
    expect(all.map(({ uid }) => uid)).toEqual(push.uids);
    const page = await scene.archive.deliveries(push.message_id, { limit: 20, status: ['acked'] });
    const rest = await scene.archive.deliveries(push.message_id, {
      limit: 20,
      status: ['acked'],
      cursor: page.cursor ?? '',
    });
    expect([...page.items, ...rest.items].map(({ uid }) => uid)).toEqual(receipts.map(({ uid }) => uid));
    expect(rest.cursor).toBeUndefined();
    const one = await scene.archive.deliveries(push.message_id, { limit: 20, uid: 'u007' });
    expect(one.items.map(({ uid, status }) => [uid, status])).toEqual([['u007', 'queued']]);
  });

  test('retention removes what was created before, and it stays away', async () => {
    const build = new Builder();
    const word = build.app.replace('app-', '');
    const content = `维护 order ${word}`;
    const old = Array.from({ length: 1200 }, (_, n) => build.push({ c_time: START - 5000 + n, content }));
    const young = Array.from({ length: 3 }, () => build.push({ c_time: START, content }));
    const stray = build.push({ c_time: START - 5000 });
    await scene.write({ pushes: [...old, ...young], receipts: [receipt(stray, FACTS.acked)] });
    expect(await scene.archive.retain(START)).toBe(1200);
    expect(await scene.archive.retain(START)).toBe(0);
    await scene.bench.settle?.();
    for (const query of [{}, { uid: '1' }, { text: '维护' }, { text: 'order' }, { status: ['queued' as const] }]) {
      const page = await scene.archive.search({ ...query, app: build.app }, { limit: 10 });
      expect([page.total, page.items.length]).toEqual([3, 3]);
    }
    // Another push takes the place of one that is gone, whatever a place is.
    await scene.write({ pushes: [build.push({ c_time: START - 5000, content: 'other' })] });
    expect((await searchAll(scene.archive, { text: word })).length).toBe(3);
    const [gone] = old;
    if (gone === undefined) throw new Error('1,200 pushes were made');
    await scene.write({ receipts: [receipt(gone, FACTS.acked)] });
    expect(await scene.archive.push(gone.message_id)).toBeUndefined();
    expect((await scene.archive.deliveries(gone.message_id, { limit: 10 })).items).toEqual([]);
    await scene.write({ pushes: [stray] });
    expect((await scene.archive.push(stray.message_id))?.counts).toEqual({ queued: 1 });
  });

  test('what can never be stored is refused as such, and everything else is stored', async () => {
    const build = new Builder();
    const good = build.push();
    // Pushes that no reader of the bus would let through.
    const broken = [{ app: undefined as never }, { app: null as never }, { c_time: Number.NaN }];
    for (const wrong of broken) {
      const bad = scene.archive.write({ pushes: [build.push(), { ...build.push(), ...wrong }], receipts: [] });
      const reason: unknown = await bad.catch((error: unknown) => error);
      expect(reason).toBeInstanceOf(Error);
      expect(reason).not.toBeInstanceOf(ApiError);
    }
    await scene.write({ pushes: [good], receipts: [receipt(good, FACTS.acked)] });
    expect((await scene.archive.push(good.message_id))?.counts).toEqual({ acked: 1 });
  });

  test('closing stores the writes under way; afterwards the archive is away', async () => {
    const push = new Builder().push();
    const written = scene.archive.write({ pushes: [push], receipts: [] });
    const { archive: closed } = scene;
    await scene.reopen();
    await written;
    expect(await scene.archive.push(push.message_id)).toBeDefined();
    await expect(closed.push(push.message_id)).rejects.toMatchObject({ code: 'ARCHIVE_UNAVAILABLE' });
    await expect(closed.write({ pushes: [push], receipts: [] })).rejects.toMatchObject({ code: 'ARCHIVE_UNAVAILABLE' });
    await expect(closed.ping()).rejects.toMatchObject({ code: 'ARCHIVE_UNAVAILABLE' });
  });

  test('what was written is there after a restart', async () => {
    const push = new Builder().push({ content: '维护' });
    await scene.write({ pushes: [push], receipts: [receipt(push, FACTS.acked)] });
    await scene.reopen();
    expect((await searchAll(scene.archive, { app: push.app, text: '维护' })).map((item) => item.counts)).toEqual([
      { acked: 1 },
    ]);
  });

  test('a writer killed in the middle loses no write that was answered', async ({ skip }) => {
    if (scene.bench.killedWriter === undefined) return skip('this archive is not inside the writing process');
    await scene.archive.close();
    const answered = await scene.bench.killedWriter();
    await scene.reopen();
    await scene.bench.settle?.();
    expect(answered.length).toBeGreaterThan(20);
    for (const messageId of answered)
      expect((await scene.archive.push(messageId))?.counts, messageId).toEqual({ acked: 1 });
    const found = await searchAll(scene.archive, { text: 'crash' });
    expect(found.map(({ message_id }) => message_id)).toEqual(expect.arrayContaining(answered));
  });
}

const UIDS = ['1', '2', '3'];
const time = fc.integer({ min: START, max: START + 20 });
const mark = fc.constantFrom('a', 'b', 'c');
const told = fc.record(
  {
    ...{ offline_at: time, routed_at: time, written_at: time, acked_at: time, evicted_at: time },
    ...{ recalled_at: time, dead_at: time, node: mark, gateway: mark, session_id: mark, platform: mark },
    ...{ ring_version: fc.integer({ min: 1, max: 3 }), reason: mark },
  },
  { requiredKeys: [] },
);
/** Two pushes, each in two parts, one of them on the bus twice; receipts that contradict each other. */
const history = fc.record({
  times: fc.tuple(time, time),
  /** How many receivers it is said to have: an archive may keep a push to many differently. */
  accepted: fc.constantFrom(3, 1000),
  receipts: fc.array(fc.record({ push: fc.nat(1), uid: fc.constantFrom(...UIDS), told }), { maxLength: 12 }),
});

/** One telling of a history under message ids of its own. */
class Told {
  readonly pushes: QueuedPush[];
  readonly receipts: Receipt[];
  readonly #app: string;

  constructor({ times, accepted, receipts }: typeof history extends fc.Arbitrary<infer T> ? T : never) {
    const build = new Builder();
    this.#app = build.app;
    const [a, b] = times.map((c_time, n) => build.push({ c_time, uids: ['1', '2'], content: `push ${n}`, accepted }));
    if (a === undefined || b === undefined) throw new Error('a history has two times');
    const other = { uids: ['3'], partition: 4, offset: 50 };
    this.pushes = [a, b, part(a, other), part(b, other), part(a, { uids: ['1', '2'], partition: 3, offset: 90 })];
    this.receipts = receipts.map(({ push, uid, told }) => ({ ...receipt(push === 0 ? a : b, told), uid }));
  }

  /** All that the archive tells about it, without the ids. */
  async snapshot({ archive }: Scene): Promise<unknown> {
    const pushes = [];
    for (const { message_id, message } of this.pushes.slice(0, 2))
      pushes.push([message, (await archive.push(message_id))?.counts, await deliveriesAll(archive, message_id)]);
    const query = { app: this.#app };
    const found = (await searchAll(archive, query)).map((push) => push.message.content);
    const told = [pushes, found.sort(), await archive.funnel(query), await archive.histogram(query, 10)];
    return JSON.parse(JSON.stringify(told, (key, value) => (key === 'message_id' || key === 'app' ? '' : value)));
  }
}

function batchOf(parts: (QueuedPush | Receipt)[]): { pushes: QueuedPush[]; receipts: Receipt[] } {
  const pushes = parts.filter((part): part is QueuedPush => 'uids' in part);
  return { pushes, receipts: parts.filter((part): part is Receipt => !('uids' in part)) };
}
