// An unreadable record is shown as it is, and nothing in it acts on the page.
import { expect, test } from 'vitest';
import { bytesOf, hexOf, isText, textOf } from './raw.ts';

const bytes = (text: string) => new TextEncoder().encode(text);

test('bytes come back from base64; what is none is empty', () => {
  expect([...bytesOf('AAECAw==')]).toEqual([0, 1, 2, 3]);
  expect(bytesOf('not base64!')).toHaveLength(0);
});

test('text keeps its lines and shows control characters as pictures', () => {
  expect(textOf(bytes('{"标题":1}\n\tx'))).toBe('{"标题":1}\n\tx');
  expect(textOf(Uint8Array.of(0, 27, 91, 127, 0xff))).toBe('␀␛[␡�');
});

test('bytes are shown 16 a line with their place and their text', () => {
  expect(hexOf(bytes('0123456789abcdefg\n'))).toBe(
    [
      '00000000  30 31 32 33 34 35 36 37 38 39 61 62 63 64 65 66  0123456789abcdef',
      '00000010  67 0a                                            g·',
    ].join('\n'),
  );
});

test('text is told from bytes', () => {
  expect(isText(bytes('{"v":1,"pushes":[]}'))).toBe(true);
  expect(isText(bytes('您的验证码'))).toBe(true);
  expect(isText(bytesOf('AAECAwQFBgcICQoLDA0ODw=='))).toBe(false);
  expect(isText(new Uint8Array())).toBe(false);
});
