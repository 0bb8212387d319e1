// The funnel never shows more lost than there was, and its links cover every status once.

import { statusesIn } from '@message-push/protocol/admin/query-language';
import { DELIVERY_STATUSES } from '@message-push/protocol/status';
import { expect, test } from 'vitest';
import { funnelSteps, STATUSES_FROM, STATUSES_LOST, STEPS } from './funnel.ts';

test('each step has its share and its loss', () => {
  const steps = funnelSteps({ accepted: 200, routed: 150, written: 160, acked: 40 });
  expect(steps.map(({ count, share, lost }) => [count, share, lost])).toEqual([
    [200, 1, 0],
    [150, 0.75, 50],
    [160, 0.8, 0],
    [40, 0.2, 120],
  ]);
  expect(funnelSteps({ accepted: 0, routed: 0, written: 0, acked: 0 }).map(({ share }) => share)).toEqual([0, 0, 0, 0]);
});

test('what got to a step and what was lost on the way to it make up what got to the step before', () => {
  const from = (step: (typeof STEPS)[number]) =>
    STATUSES_FROM[step] === undefined ? [...DELIVERY_STATUSES] : (statusesIn(STATUSES_FROM[step]) ?? []);
  for (const [index, step] of STEPS.entries()) {
    const before = STEPS[index - 1];
    if (before === undefined) continue;
    const both = [...from(step), ...(statusesIn(STATUSES_LOST[step] ?? '') ?? [])];
    expect(both.sort()).toEqual(from(before).sort());
  }
});
