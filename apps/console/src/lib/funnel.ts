// The funnel of the overview: each step with its share of what was accepted and what fell off before it.
import type { FunnelView } from '@message-push/protocol/admin';

export const STEPS = ['accepted', 'routed', 'written', 'acked'] as const satisfies (keyof FunnelView)[];
export type Step = (typeof STEPS)[number];

export interface FunnelStep {
  step: Step;
  count: number;
  /** Of what was accepted, 0..1. */
  share: number;
  /** Got as far as the step before, but not here. */
  lost: number;
}

/** Statuses that got exactly as far as a step: what History is asked for. */
export const STATUSES_FROM: Record<Step, string | undefined> = {
  accepted: undefined,
  routed: 'routed,written,acked',
  written: 'written,acked',
  acked: 'acked',
};
/** Statuses of what fell off before a step. */
export const STATUSES_LOST: Record<Step, string | undefined> = {
  accepted: undefined,
  routed: 'accepted,queued,offline,expired,recalled,dead',
  written: 'routed',
  acked: 'written',
};

export function funnelSteps(funnel: FunnelView): FunnelStep[] {
  return STEPS.map((step, index) => {
    const before = STEPS[index - 1];
    const count = funnel[step];
    return {
      step,
      count,
      share: funnel.accepted === 0 ? 0 : count / funnel.accepted,
      // Hops are recorded by different processes: for a moment a later one may be ahead.
      lost: before === undefined ? 0 : Math.max(0, funnel[before] - count),
    };
  });
}
