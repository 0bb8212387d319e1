import fc from 'fast-check';
import { expect, test } from 'vitest';
import { hasPhrase, SEARCHED_CONTENT_MAX, searchPhrase, searchText } from './text.ts';

const han = fc.integer({ min: 0x4e00, max: 0x9fa5 }).map((code) => String.fromCodePoint(code));
const rare = fc.integer({ min: 0x20000, max: 0x2a6df }).map((code) => String.fromCodePoint(code));
const kana = fc.constantFrom('あ', 'カ', 'ー', '한');
const chinese = fc
  .array(fc.oneof({ weight: 8, arbitrary: han }, rare, kana), { minLength: 1, maxLength: 12 })
  .map((list) => ({ text: list.join(''), characters: list, cjk: true }));
const latin = fc
  .string({ unit: fc.constantFrom(...'abcXYZ019éÜßñΣσДжعह'), minLength: 1, maxLength: 10 })
  .map((text) => ({ text, characters: [text], cjk: false }));
const runs = fc.array(fc.oneof(chinese, latin), { minLength: 1, maxLength: 12 });
const gap = fc.constantFrom(' ', ',', '。', '\n', '「', ' - ', '\0', '🎉', '');

/** A text as runs with gaps; two Latin runs never touch. */
const texts = fc.tuple(runs, fc.array(gap, { minLength: 12, maxLength: 12 })).map(([list, gaps]) => {
  const between = (n: number) => {
    const touching = list[n]?.cjk === list[n + 1]?.cjk;
    return touching && gaps[n] === '' ? ' ' : (gaps[n] ?? ' ');
  };
  return { list, between, text: list.map((run, n) => run.text + between(n)).join('') };
});

function finds(text: string, query: string): boolean {
  const phrase = searchPhrase(query);
  return phrase !== undefined && hasPhrase(searchText(undefined, text), phrase);
}

test('a text is found by each two of its CJK characters that touch, each of them, and each of its words in any case', () => {
  fc.assert(
    fc.property(texts, ({ list, text }) => {
      fc.pre(text.length <= SEARCHED_CONTENT_MAX);
      for (const { text: word, characters, cjk } of list) {
        if (!cjk)
          expect(finds(text, word) && finds(text, word.toUpperCase()) && finds(text, word.toLowerCase()), word).toBe(
            true,
          );
        else
          for (const [n, one] of characters.entries()) expect(finds(text, one + (characters[n + 1] ?? ''))).toBe(true);
        for (const one of cjk ? characters : []) expect(finds(text, one), one).toBe(true);
      }
    }),
    { numRuns: 500 },
  );
});

test('a text is found by any stretch of it that starts and ends at a word or a CJK character', () => {
  fc.assert(
    fc.property(texts, fc.nat(), fc.nat(), fc.nat(), ({ list, between, text }, a, b, cut) => {
      fc.pre(text.length <= SEARCHED_CONTENT_MAX);
      const from = a % list.length;
      const to = from + (b % (list.length - from));
      const cutAt = (n: number) => (list[n]?.cjk ? cut % (list[n]?.characters.length ?? 1) : 0);
      const stretch = list.slice(from, to + 1).map(({ characters, cjk }, i) => {
        const n = from + i;
        const kept =
          n === from ? characters.slice(cutAt(n)) : n === to && cjk ? characters.slice(0, cutAt(n) + 1) : characters;
        return kept.join('') + (n === to ? '' : between(n));
      });
      expect(finds(text, stretch.join('')), stretch.join('')).toBe(true);
    }),
    { numRuns: 1000 },
  );
});

test('a text without a phrase is not found by it', () => {
  expect(finds('系统维护', '系护')).toBe(false);
  expect(finds('系统 维护', '系统维护')).toBe(false);
  expect(finds('orders', 'order')).toBe(false);
  expect(finds('a b', 'b a')).toBe(false);
  expect(finds('维护server', '维server')).toBe(false);
});

test('search text holds nothing but letters, marks and digits between single spaces, whatever comes in', () => {
  fc.assert(
    fc.property(fc.string({ unit: 'binary' }), fc.string({ unit: 'binary' }), (title, content) => {
      expect(searchText(title, content)).toMatch(/^$|^[\p{L}\p{M}\p{N}]+( [\p{L}\p{M}\p{N}]+)*$/u);
      const phrase = searchPhrase(title);
      if (phrase) expect(phrase.words.join(' ')).toMatch(/^[\p{L}\p{M}\p{N}]+( [\p{L}\p{M}\p{N}]+)*$/u);
    }),
    { numRuns: 2000 },
  );
});

test('full-width letters and digits are found by plain ones', () => {
  expect(finds('ＡＰＰ１２', 'app12')).toBe(true);
  expect(searchText('标题', '内容')).toBe('标题 题 内容 容');
  expect(searchPhrase(' !? 🎉')).toBeUndefined();
});
