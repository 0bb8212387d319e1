import { describe, expect, test } from 'vitest';
import { BACKOFF, backoffMs } from './backoff.ts';

describe('the delay before coming back', () => {
  test('is within a second at first, then spread between 0.5 s and a cap that doubles to 20 s', () => {
    expect([0, 1, 2, 3, 4, 5, 50].map((attempt) => backoffMs(attempt, () => 0.999999))).toEqual([
      1000, 2000, 4000, 8000, 16_000, 20_000, 20_000,
    ]);
    expect(backoffMs(0, () => 0)).toBe(0);
    expect(backoffMs(9, () => 0)).toBe(BACKOFF.minMs);
  });
});
