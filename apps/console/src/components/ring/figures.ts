// Figures of nodes in the reader's language: shares, changes, sizes, durations.
import { useFormatter } from 'next-intl';
import { useMemo } from 'react';

const MEGABYTE = 1_000_000;
const GIGABYTE = 1_000_000_000;
const MINUTE_S = 60;
const HOUR_S = 3_600;
const DAY_S = 86_400;

export interface Figures {
  /** 0..1 as 19.6 %. */
  share(share: number): string;
  /** The same with its sign: +4.0 %. */
  change(share: number): string;
  count(value: number): string;
  rate(perSecond: number): string;
  bytes(bytes: number): string;
  /** Of the larger unit alone, rounded down: 3 d, 5 h, 12 min, 40 s. */
  duration(seconds: number): string;
  ms(ms: number): string;
}

export function useFigures(): Figures {
  const format = useFormatter();
  return useMemo(() => {
    const percent = { style: 'percent', minimumFractionDigits: 1, maximumFractionDigits: 1 } as const;
    const unit = (value: number, name: string, digits = 0) =>
      format.number(value, { style: 'unit', unit: name, unitDisplay: 'short', maximumFractionDigits: digits });
    return {
      share: (share) => format.number(share, percent),
      change: (share) => format.number(share, { ...percent, signDisplay: 'exceptZero' }),
      count: (value) => format.number(value),
      rate: (perSecond) => format.number(perSecond, { maximumFractionDigits: perSecond < 10 ? 1 : 0 }),
      bytes: (bytes) =>
        bytes >= GIGABYTE ? unit(bytes / GIGABYTE, 'gigabyte', 1) : unit(bytes / MEGABYTE, 'megabyte'),
      duration(seconds) {
        if (seconds >= 2 * DAY_S) return unit(Math.floor(seconds / DAY_S), 'day');
        if (seconds >= 2 * HOUR_S) return unit(Math.floor(seconds / HOUR_S), 'hour');
        if (seconds >= 2 * MINUTE_S) return unit(Math.floor(seconds / MINUTE_S), 'minute');
        return unit(Math.max(0, Math.floor(seconds)), 'second');
      },
      ms: (ms) => unit(ms, 'millisecond', ms < 10 ? 1 : 0),
    };
  }, [format]);
}
