// A burst of events costs a page one update per topic and frame, and a tab that is not drawn keeps a bounded number.
import { expect, test } from 'vitest';
import { Batches } from './batches.ts';

function setup() {
  const waiting: (() => void)[] = [];
  const flushed: [string, unknown[]][] = [];
  let overflows = 0;
  const frames = {
    request: (callback: () => void) => waiting.push(callback),
    cancel: () => void waiting.splice(0),
  };
  const batches = new Batches(
    frames,
    (topic, events) => flushed.push([topic, events]),
    () => overflows++,
  );
  const draw = () => {
    for (const callback of waiting.splice(0)) callback();
  };
  return { batches, flushed, waiting, draw, overflows: () => overflows };
}

test('200 events of two topics come as two updates in one frame, in their order', () => {
  const { batches, flushed, waiting, draw } = setup();
  for (let n = 0; n < 100; n++) {
    batches.add('rates', n);
    batches.add('pushes', -n);
  }
  expect(flushed).toEqual([]);
  expect(waiting).toHaveLength(1);
  draw();
  expect(flushed.map(([topic, events]) => [topic, events.length])).toEqual([
    ['rates', 100],
    ['pushes', 100],
  ]);
  expect(flushed[0]?.[1]).toEqual(Array.from({ length: 100 }, (_, n) => n));
});

test('what comes after a frame waits for the next', () => {
  const { batches, flushed, draw } = setup();
  batches.add('ring', 1);
  draw();
  batches.add('ring', 2);
  expect(flushed).toEqual([['ring', [1]]]);
  draw();
  expect(flushed.at(-1)).toEqual(['ring', [2]]);
});

test('without frames a tab keeps at most 1000 events of a topic, then says that it missed some', () => {
  const { batches, flushed, draw, overflows } = setup();
  for (let n = 0; n < 1001; n++) batches.add('pushes', n);
  expect(overflows()).toBe(1);
  draw();
  expect(flushed).toEqual([]);
});
