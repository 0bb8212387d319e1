// Asked often at first, less and less later, and not for ever.
import { expect, test } from 'vitest';
import { cadenceMs } from './cadence.ts';

test('intervals grow with age and end', () => {
  const at = [0, 1_500, 5_000, 60_000, 299_999].map(cadenceMs);
  expect(at).toEqual([150, 400, 2_000, 10_000, 10_000]);
  expect(cadenceMs(300_000)).toBe(false);
});
