// However receivers are typed, pasted or exported, each comes out once and whole.
import { expect, test } from 'vitest';
import { addTokens, splitTokens } from './tokens.ts';

test.each([
  ['1 2\t3\n4\r\n5', ['1', '2', '3', '4', '5']],
  ['a,b;c，d；e、f', ['a', 'b', 'c', 'd', 'e', 'f']],
  ['"1","2"\n"3","4"', ['1', '2', '3', '4']],
  ['  ,, ;\n', []],
  ['user@example.com', ['user@example.com']],
])('%j', (text, tokens) => {
  expect(splitTokens(text)).toEqual(tokens);
});

test('a repeated one is dropped and counted, also within what is added', () => {
  expect(addTokens(['1', '2'], ['2', '3', '3'])).toEqual({ tokens: ['1', '2', '3'], dropped: 2 });
});
