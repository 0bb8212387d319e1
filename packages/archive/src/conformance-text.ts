// What an archive promises about text: which words find a push, and that a text is never more than a text.
import { expect, test } from 'vitest';
import type { Scene } from './conformance.ts';
import { Builder, EVIL, receipt, searchAll } from './conformance-world.ts';

export function textConformance(scene: Scene): void {
  test('Chinese is found by any piece of it, Latin by whole words in any case, several words as a phrase', async () => {
    const build = new Builder();
    const contents = {
      maintenance: '系统将于今晚十点维护,请提前保存。',
      order: 'Your Order #A-1024 has SHIPPED today',
      mixed: '订单order1024已发货,请用iPhone15查看「物流」',
      full: 'ＡＰＰ升级 Café Ñandú 公告',
    };
    const pushes = Object.entries(contents).map(([name, content]) => build.push({ uids: [name], content }));
    pushes.push(build.push({ uids: ['titled'], title: '紧急通知', content: 'x' }));
    await scene.write({ pushes });
    const names = new Map(pushes.map(({ message_id, uids }) => [message_id, uids.join()]));
    const find = async (text: string) => {
      const found = await searchAll(scene.archive, { app: build.app, text });
      return found.map(({ message_id }) => names.get(message_id) ?? '').reverse();
    };
    const expected: Record<string, string[]> = {
      ...{ 维护: ['maintenance'], 今晚十点: ['maintenance'], 晚十点维: ['maintenance'], 维: ['maintenance'] },
      ...{ 护: ['maintenance'], 维护请: [], '维护,请提前': ['maintenance'], 系统维护: [], 十点晚: [] },
      ...{ order: ['order'], ORDER: ['order'], 'order a': ['order'], 'a-1024': ['order'], 'shipped order': [] },
      ...{ 'Has Shipped TODAY': ['order'], ship: [], 请: ['maintenance', 'mixed'] },
      ...{ order1024: ['mixed'], 订单order1024已发货: ['mixed'], 单ORDER1024已: ['mixed'], 用iphone15查: ['mixed'] },
      ...{ 物流: ['mixed'], '「物流」': ['mixed'], app升级: ['full'], 'APP 升级': ['full'], 'café ñandú': ['full'] },
      ...{ 紧急: ['titled'], 通知: ['titled'], '紧急通知 x': ['titled'] },
    };
    const found: typeof expected = {};
    for (const text of Object.keys(expected)) found[text] = await find(text);
    expect(found).toEqual(expected);
  });

  test('each two-character piece and each word of a text finds it', async () => {
    const build = new Builder();
    const pushes = Array.from({ length: 40 }, (_, n) => {
      const han = Array.from({ length: 9 }, (_, i) => String.fromCodePoint(0x4e00 + ((n * 131 + i * 37) % 20_000)));
      return build.push({ content: `${han.join('')} word${n} ${han.slice(0, 3).join('')}tail${n}` });
    });
    await scene.write({ pushes });
    for (const { message, message_id } of pushes) {
      const [han = '', word = '', last = ''] = message.content.split(' ');
      const pairs = Array.from({ length: han.length - 1 }, (_, i) => han.slice(i, i + 2));
      for (const text of [word, last, last.slice(1), ...pairs]) {
        const found = await searchAll(scene.archive, { app: build.app, text });
        expect(
          found.map((item) => item.message_id),
          text,
        ).toContain(message_id);
      }
    }
  });

  test('a single character finds every text in which it goes on, alone and at the end of a phrase', async () => {
    const build = new Builder();
    // Also one of two UTF-16 units.
    for (const character of ['维', '𠮷']) {
      const pushes = Array.from({ length: 600 }, (_, n) =>
        build.push({ content: `order ${character}${String.fromCodePoint(0x4e00 + n)}` }),
      );
      await scene.write({ pushes });
      for (const text of [character, `order ${character}`]) {
        const { total } = await scene.archive.search({ app: build.app, text }, { limit: 1 });
        expect(total, text).toBe(600);
      }
      expect((await scene.archive.search({ app: build.app, text: `${character} order` }, { limit: 1 })).total).toBe(0);
    }
  });

  test('what looks like code of any query language is data', async () => {
    const build = new Builder();
    const pushes = EVIL.map((text) => build.push({ uids: [text], title: text, content: text, content_type: text }));
    const evil = EVIL.map((app) => ({ ...build.push({ uids: [app] }), app: `${build.app}${app}` }));
    await scene.write({ pushes: [...pushes, ...evil], receipts: pushes.map((push) => receipt(push, { reason: 'x' })) });
    for (const [n, text] of EVIL.entries()) {
      for (const query of [{ uid: text }, { content_type: text }]) {
        const found = await searchAll(scene.archive, { app: build.app, ...query });
        expect(
          found.map(({ message }) => message.content),
          text,
        ).toEqual([text]);
      }
      const found = await searchAll(scene.archive, { app: `${build.app}${text}` });
      expect(found.map(({ message_id }) => message_id)).toEqual([evil[n]?.message_id]);
      const { items } = await scene.archive.deliveries(pushes[n]?.message_id ?? '', { limit: 9, uid: text });
      expect(items.map(({ uid }) => uid)).toEqual([text]);
      expect(await scene.archive.push(text)).toBeUndefined();
      await searchAll(scene.archive, { app: build.app, platform: text, message_id: text });
      if (/[a-z]/.test(text)) await searchAll(scene.archive, { app: build.app, text });
    }
    expect((await scene.archive.search({ app: build.app }, { limit: 1 })).total).toBe(EVIL.length);
  });

  test('the longest text is looked for, and found where it is', async () => {
    const build = new Builder();
    const long = '维护'.repeat(100);
    const pushes = [build.push({ content: `${long}。` }), build.push({ content: long.slice(0, 199) })];
    await scene.write({ pushes });
    const found = await searchAll(scene.archive, { app: build.app, text: long });
    expect(found.map(({ message_id }) => message_id)).toEqual([pushes[0]?.message_id]);
  });
}
