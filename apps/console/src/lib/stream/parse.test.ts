// Events are the same wherever the network cuts the text, with any line ends.
import { expect, test } from 'vitest';
import { createParser, type ServerEvent } from './parse.ts';

const TEXT =
  ': hello\n\nid: 7\nevent: rates\ndata: {"at":1}\n\ndata: a\ndata: b\n\n: alive\n\nevent: gap\ndata: {}\n\nevent: empty\n\n';
const EVENTS: ServerEvent[] = [
  { name: 'rates', data: '{"at":1}', id: '7' },
  { name: 'message', data: 'a\nb', id: undefined },
  { name: 'gap', data: '{}', id: undefined },
];

test.each([
  ['LF', '\n'],
  ['CR LF', '\r\n'],
  ['CR', '\r'],
])('cut at any place, lines ended by %s', (_name, end) => {
  const text = `${TEXT.replaceAll('\n', end)}: end${end}`;
  for (let cut = 0; cut <= text.length; cut++) {
    const parse = createParser();
    expect([...parse(text.slice(0, cut)), ...parse(text.slice(cut))], `cut at ${cut}`).toEqual(EVENTS);
  }
});

test('letter by letter', () => {
  const parse = createParser();
  expect([...TEXT].flatMap((letter) => parse(letter))).toEqual(EVENTS);
});

test('an event that is not whole yet is kept back', () => {
  const parse = createParser();
  expect(parse('data: x\n')).toEqual([]);
  expect(parse('\n')).toEqual([{ name: 'message', data: 'x', id: undefined }]);
});
