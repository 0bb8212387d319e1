// What an archive promises about erasing a person: what goes, what stays for others, and that nothing comes back.
import { expect, test } from 'vitest';
import type { Scene } from './conformance.ts';
import { Builder, deliveriesAll, FACTS, part, receipt, START, searchAll } from './conformance-world.ts';
import type { Archive, PushQuery } from './index.ts';

export function eraseConformance(scene: Scene): void {
  test('an erased person is found by nothing, and the pushes to them alone are gone with their words', async () => {
    const [build, stranger] = [new Builder(), new Builder()];
    const alone = [build.push({ content: '维护 alone' }), build.push({ content: '维护 alone' })];
    const shared = build.push({ content: '维护 shared', uids: ['1', '2'] });
    const other = build.push({ content: '维护 other', uids: ['2'] });
    const strange = stranger.push({ content: '维护 strange' });
    await scene.write({
      pushes: [...alone, shared, other, strange],
      receipts: [...alone, shared, strange].map((push) => receipt(push, FACTS.acked)),
    });
    expect(await scene.archive.erase(build.app, '1')).toBe(3);
    await scene.bench.settle?.();
    const found = async (query: PushQuery) =>
      (await searchAll(scene.archive, { app: build.app, ...query })).map(({ message_id }) => message_id);
    expect(await found({ uid: '1' })).toEqual([]);
    expect(await found({ text: 'alone' })).toEqual([]);
    expect(await found({ status: ['acked'] })).toEqual([]);
    expect(await found({ text: '维护' })).toEqual([other.message_id, shared.message_id]);
    expect(await found({ uid: '2' })).toEqual([other.message_id, shared.message_id]);
    for (const { message_id } of alone) {
      expect(await scene.archive.push(message_id)).toBeUndefined();
      expect(await deliveriesAll(scene.archive, message_id)).toEqual([]);
    }
    expect(await scene.archive.push(shared.message_id)).toMatchObject({
      accepted: 2,
      counts: { queued: 1 },
      erased: 1,
    });
    expect((await deliveriesAll(scene.archive, shared.message_id)).map(({ uid }) => uid)).toEqual(['2']);
    expect(await scene.archive.funnel({ app: build.app })).toEqual({ accepted: 2, routed: 0, written: 0, acked: 0 });
    expect((await scene.archive.push(strange.message_id))?.counts).toEqual({ acked: 1 });
    expect((await searchAll(scene.archive, { app: stranger.app, uid: '1' })).length).toBe(1);
    expect(await scene.archive.erase(build.app, '1')).toBe(0);
    expect(await scene.archive.erase(build.app, 'nobody')).toBe(0);
  });

  test('what is told later of an erased delivery brings nothing back, whoever writes it', async () => {
    const another = (await scene.bench.openAnother?.()) ?? scene.archive;
    const build = new Builder();
    const [alone, shared] = [build.push({ content: '维护' }), build.push({ content: '维护', uids: ['1', '2'] })];
    // The other writer may remember what it wrote.
    await another.write({ pushes: [alone, shared], receipts: [] });
    expect(await scene.archive.erase(build.app, '1')).toBe(2);
    const again = { pushes: [alone, shared], receipts: [alone, shared].map((push) => receipt(push, FACTS.acked)) };
    const nothingBack = async (writer: Archive) => {
      await writer.write({ pushes: [], receipts: again.receipts });
      await writer.write(again);
      await scene.bench.settle?.();
      expect((await searchAll(scene.archive, { app: build.app, uid: '1' })).length).toBe(0);
      expect(await scene.archive.push(alone.message_id)).toBeUndefined();
      expect((await scene.archive.push(shared.message_id))?.counts).toEqual({ queued: 1 });
      expect((await searchAll(scene.archive, { app: build.app, text: '维护' })).length).toBe(1);
    };
    await nothingBack(another);
    await nothingBack(scene.archive);
    if (another !== scene.archive) await another.close();
    await scene.reopen();
    await nothingBack(scene.archive);
    // The others' facts go on.
    await scene.write({ receipts: [{ ...receipt(shared, FACTS.acked), uid: '2' }] });
    expect((await scene.archive.push(shared.message_id))?.counts).toEqual({ acked: 1 });
  });

  test('a push whose receivers are erased one after the other goes with the last; a receiver on record keeps it', async () => {
    const build = new Builder();
    const push = build.push({ uids: ['1', '2'], accepted: 3, content: '维护' });
    await scene.write({ pushes: [push] });
    expect(await scene.archive.erase(build.app, '1')).toBe(1);
    expect(await scene.archive.erase(build.app, '2')).toBe(1);
    expect((await scene.archive.push(push.message_id))?.message.content).toBe('维护');
    await scene.write({ pushes: [part(push, { uids: ['3'], partition: 5, offset: 9 })] });
    expect((await searchAll(scene.archive, { app: build.app, uid: '3' })).length).toBe(1);
    expect(await scene.archive.erase(build.app, '3')).toBe(1);
    await scene.bench.settle?.();
    expect(await scene.archive.push(push.message_id)).toBeUndefined();
    expect((await searchAll(scene.archive, { app: build.app })).length).toBe(0);
  });

  test('of a push to hundreds only the delivery to this person goes', async () => {
    const build = new Builder();
    const uids = Array.from({ length: 100 }, (_, n) => `u${String(n).padStart(3, '0')}`);
    const push = build.push({ uids });
    await scene.write({ pushes: [push] });
    expect(await scene.archive.erase(build.app, 'u042')).toBe(1);
    await scene.write({ pushes: [push], receipts: [{ ...receipt(push, FACTS.acked), uid: 'u042' }] });
    expect((await deliveriesAll(scene.archive, push.message_id)).map(({ uid }) => uid)).toEqual(
      uids.filter((uid) => uid !== 'u042'),
    );
    expect(await scene.archive.push(push.message_id)).toMatchObject({
      accepted: 100,
      counts: { queued: 99 },
      erased: 1,
    });
    expect((await searchAll(scene.archive, { app: build.app }))[0]?.erased).toBe(1);
  });

  test('many deliveries are erased while others are written, and after retention nothing is kept of them', async () => {
    const [build, stranger] = [new Builder(), new Builder()];
    const c_time = START - 5000;
    const pushes = Array.from({ length: 1200 }, () => build.push({ c_time }));
    const strange = Array.from({ length: 600 }, () => stranger.push({ c_time }));
    await scene.write({ pushes: [...strange, ...pushes] });
    const receipts = pushes.map((push) => receipt(push, FACTS.acked));
    const [erased] = await Promise.all([
      scene.archive.erase(build.app, '1'),
      scene.archive.write({ pushes: [], receipts }),
    ]);
    expect(erased).toBe(1200);
    await scene.bench.settle?.();
    const count = async (app: string) => (await scene.archive.search({ app }, { limit: 1 })).total;
    expect([await count(build.app), await count(stranger.app)]).toEqual([0, 600]);
    await scene.archive.retain(START);
    await scene.write({ pushes: pushes.slice(0, 1) });
    expect(await count(build.app)).toBe(1);
  });
}
