import { describe, expect, test } from 'vitest';
import { assertNoDuplicate, assertNoLeak, assertNoneLost, assertOrdered } from './account.ts';

describe('each invariant finds what it is there for', () => {
  test('a lost message is found, an explained one is not counted as lost', () => {
    expect(() => assertNoneLost(['a', 'b'], ['a'])).toThrow('1 accepted messages were lost, e.g. b');
    expect(assertNoneLost(['a', 'b'], ['a'], new Set(['b']))).toBe(1);
  });
  test('a doubled message is found', () => {
    expect(() => assertNoDuplicate(['a', 'b', 'a'])).toThrow('1 messages were seen twice, e.g. a');
    assertNoDuplicate(['a', 'b']);
  });
  test('a message out of order is found, gaps are allowed', () => {
    expect(() => assertOrdered(['a', 'b', 'c'], ['c', 'a'])).toThrow('a was seen after a later one');
    assertOrdered(['a', 'b', 'c'], ['a', 'c', 'x']);
  });
  test('a leak is found', () => {
    expect(() => assertNoLeak({ sockets: 1 }, { sockets: 2 })).toThrow('sockets grew from 1 to 2');
    assertNoLeak({ sockets: 1 }, { sockets: 1 });
  });
});
