// A look-up costs little more than the MD5 it needs; measured as a ratio, so that a busy machine does not matter.
import { expect, test } from 'vitest';
import { buildRing } from './index.ts';
import { md5 } from './md5.ts';

const KEYS = Array.from({ length: 20_000 }, (_, i) => `user-${i}`);

function microsecondsEach(work: (key: string) => unknown): number {
  const start = performance.now();
  for (const key of KEYS) work(key);
  return ((performance.now() - start) * 1000) / KEYS.length;
}

test('a look-up at 100 nodes costs at most 2.5 times a bare MD5', () => {
  const ring = buildRing(
    Array.from({ length: 100 }, (_, i) => ({ id: `10.0.0.${i}:8000` })),
    md5,
  );
  let lookUp = Number.POSITIVE_INFINITY;
  let bare = Number.POSITIVE_INFINITY;
  for (let round = 0; round < 15; round++) {
    bare = Math.min(bare, microsecondsEach(md5));
    lookUp = Math.min(lookUp, microsecondsEach(ring.owner));
  }
  process.stdout.write(`ring look-up at 100 nodes: ${lookUp.toFixed(2)} µs, bare MD5: ${bare.toFixed(2)} µs\n`);
  expect(lookUp / bare).toBeLessThan(2.5);
});
