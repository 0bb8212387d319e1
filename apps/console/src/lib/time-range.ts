// Ranges of time as the address and the api write them (`now-15m`, epoch milliseconds, RFC 3339), and as people type them in their zone.
import { timeOf } from '@message-push/protocol/times';

/** Both ends as texts; `now` moves on with the clock. */
export interface TimeRange {
  from: string;
  to: string;
}

export interface Span {
  /** Epoch milliseconds, inclusive. */
  from: number;
  /** Exclusive. */
  to: number;
}

export const PRESETS = ['now-15m', 'now-1h', 'now-6h', 'now-24h', 'now-7d', 'now-30d'] as const;
export type Preset = (typeof PRESETS)[number];

const TYPED = /^(\d{4})-(\d\d)-(\d\d)[T ](\d\d):(\d\d)(?::(\d\d)(?:\.\d{1,9})?)?$/;

/** The range in epoch milliseconds; undefined when an end is no time or the range is empty. */
export function spanOf({ from, to }: TimeRange, now: number): Span | undefined {
  const start = timeOf(from, now);
  const end = timeOf(to, now);
  return start !== undefined && end !== undefined && start < end ? { from: start, to: end } : undefined;
}

export function isPreset(text: string): text is Preset {
  return PRESETS.some((preset) => preset === text);
}

/** Whether the range moves on with the clock. */
export function isMoving({ from, to }: TimeRange): boolean {
  return from.startsWith('now') && to.startsWith('now');
}

/** `2026-11-23T09:05:07` as a clock in this zone shows it. */
export function typedTime(at: number, zone: string): string {
  const { year, month, day, hour, minute, second } = clockParts(at, zone);
  const two = (value: number) => String(value).padStart(2, '0');
  return `${String(year).padStart(4, '0')}-${two(month)}-${two(day)}T${two(hour)}:${two(minute)}:${two(second)}`;
}

/** What was typed as a clock of this zone would show it, in epoch milliseconds; undefined when it is no time. */
export function timeTyped(text: string, zone: string): number | undefined {
  const match = TYPED.exec(text.trim());
  if (match === null) return undefined;
  const [year = 0, month = 0, day = 0, hour = 0, minute = 0, second = 0] = match
    .slice(1)
    .map((part) => Number(part ?? 0));
  if (month < 1 || month > 12 || day < 1 || hour > 23 || minute > 59 || second > 59) return undefined;
  const asUtc = Date.UTC(year, month - 1, day, hour, minute, second);
  if (new Date(asUtc).getUTCDate() !== day) return undefined;
  // Twice: the first guess may lie on the other side of a change of the clocks.
  const guess = asUtc - offsetMs(asUtc, zone);
  return asUtc - offsetMs(guess, zone);
}

function offsetMs(at: number, zone: string): number {
  const { year, month, day, hour, minute, second } = clockParts(at, zone);
  return Date.UTC(year, month - 1, day, hour, minute, second) - Math.floor(at / 1000) * 1000;
}

const clocks = new Map<string, Intl.DateTimeFormat>();

function clockParts(at: number, zone: string) {
  let clock = clocks.get(zone);
  if (clock === undefined) {
    clock = new Intl.DateTimeFormat('en', {
      timeZone: zone,
      hourCycle: 'h23',
      year: 'numeric',
      month: 'numeric',
      day: 'numeric',
      hour: 'numeric',
      minute: 'numeric',
      second: 'numeric',
    });
    clocks.set(zone, clock);
  }
  const found = { year: 0, month: 0, day: 0, hour: 0, minute: 0, second: 0 };
  for (const { type, value } of clock.formatToParts(at))
    if (type in found) Object.assign(found, { [type]: Number(value) });
  return found;
}
