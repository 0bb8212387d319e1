// How often to ask about something that is about to happen: at once at first, then less and less, and never while updates are paused.
import { useEffect, useState } from 'react';
import { useLive } from './live.tsx';

const STEPS = [
  { untilMs: 1_500, everyMs: 150 },
  { untilMs: 5_000, everyMs: 400 },
  { untilMs: 60_000, everyMs: 2_000 },
  { untilMs: 300_000, everyMs: 10_000 },
] as const;

/** Milliseconds between two questions, `ageMs` after the first; false when it is over. */
export function cadenceMs(ageMs: number): number | false {
  return STEPS.find(({ untilMs }) => ageMs < untilMs)?.everyMs ?? false;
}

/** For `refetchInterval`: counted from when the component came for this `subject`, until it is `settled` or five minutes are over. */
export function useCadence(subject: string | undefined, settled: boolean): number | false {
  const paused = useLive().state.kind === 'paused';
  const [everyMs, setEveryMs] = useState<number | false>(STEPS[0].everyMs);
  useEffect(() => {
    if (subject === undefined || settled) return setEveryMs(false);
    setEveryMs(STEPS[0].everyMs);
    const timers = STEPS.map(({ untilMs }) => setTimeout(() => setEveryMs(cadenceMs(untilMs)), untilMs));
    return () => {
      for (const timer of timers) clearTimeout(timer);
    };
  }, [subject, settled]);
  return paused ? false : everyMs;
}
