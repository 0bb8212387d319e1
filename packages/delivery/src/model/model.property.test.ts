import { expect, test } from 'vitest';
import { play } from './scenario.ts';

/** Plays runs of neighbouring seeds for a while; the message of a failure says how to replay it. */
function playFor(ms: number, first: number): { runs: number; broken: string[] } {
  const end = performance.now() + ms;
  const broken: string[] = [];
  let runs = 0;
  for (let seed = first; performance.now() < end && broken.length < 3; seed++) {
    const { violation } = play(seed);
    runs += 1;
    if (violation !== undefined)
      broken.push(`seed ${seed}: ${violation.message} (npm run test:model -- --seed ${seed} --trace)`);
  }
  return { runs, broken };
}

test('random interleavings of a whole platform lose nothing, double nothing and keep order', () => {
  const first = Date.now() % 1_000_000_000;
  const { runs, broken } = playFor(20_000, first);
  expect(broken, `of ${runs} runs from seed ${first}`).toEqual([]);
  expect(runs).toBeGreaterThan(1000);
});

test('a seed plays the same run each time', () => {
  const once = play(42, true);
  const again = play(42, true);
  expect(again.trace).toEqual(once.trace);
  expect(once.pushes).toBeGreaterThan(0);
});
