// Lengths of time in the reader's language: 21 ms, 3.8 s, 2 min 5 s, 4 h, 12 d.
import { useFormatter } from 'next-intl';
import { useCallback } from 'react';

type Unit = 'millisecond' | 'second' | 'minute' | 'hour' | 'day';
/** Up to where a unit is used, and how many milliseconds it has. */
const UNITS: { unit: Unit; ms: number; below: number; digits: number }[] = [
  { unit: 'millisecond', ms: 1, below: 1_000, digits: 0 },
  { unit: 'second', ms: 1_000, below: 60_000, digits: 1 },
  { unit: 'minute', ms: 60_000, below: 3_600_000, digits: 0 },
  { unit: 'hour', ms: 3_600_000, below: 86_400_000, digits: 1 },
  { unit: 'day', ms: 86_400_000, below: Number.POSITIVE_INFINITY, digits: 1 },
];

export function useDuration(): (ms: number) => string {
  const format = useFormatter();
  return useCallback(
    (ms) => {
      const found = UNITS.find(({ below }) => Math.abs(ms) < below) ?? { unit: 'day', ms: 86_400_000, digits: 1 };
      const { unit, ms: size, digits } = found;
      return format.number(ms / size, { style: 'unit', unit, unitDisplay: 'short', maximumFractionDigits: digits });
    },
    [format],
  );
}
