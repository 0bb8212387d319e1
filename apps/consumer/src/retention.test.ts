import { createLog } from '@message-push/runtime';
import { expect, test } from 'vitest';
import { startRetention } from './retention.ts';

test('what is older than the configured days is asked to leave at the start', () => {
  const asked: number[] = [];
  const archive = {
    retain: async (before: number) => {
      asked.push(before);
      return 0;
    },
  };
  const stop = startRetention({
    archive,
    clock: { now: () => 100 * 86_400_000 },
    log: createLog('test', 'silent'),
    days: 30,
  });
  stop();
  expect(asked).toEqual([70 * 86_400_000]);
});
