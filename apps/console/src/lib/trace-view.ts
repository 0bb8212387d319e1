// The way of a message as it is drawn: offsets from the start, places on a linear or logarithmic scale, what is late and what was skipped.
import type { DeliveryRow, Trace } from '@message-push/protocol/admin';
import { isSettled, mergeDelivery, type Receipt } from './receipts.ts';

export type Hop = Trace['hops'][number]['hop'];
/** reached: its time is known; passed: a later hop was reached; waiting: expected next; missing: it ended before. */
export type HopState = 'reached' | 'passed' | 'waiting' | 'missing';

export interface HopView {
  hop: Hop;
  state: HopState;
  at: number | undefined;
  /** Milliseconds since the message was accepted. */
  offsetMs: number | undefined;
  /** Milliseconds since the last hop before it whose time is known. */
  stepMs: number | undefined;
  detail: Trace['hops'][number]['detail'];
}

type Time = 'queued_at' | 'routed_at' | 'written_at' | 'acked_at';
/** Facts of a delivery that are the time of a hop. */
const TIME_OF: Partial<Record<Hop, Time>> = {
  bus: 'queued_at',
  node: 'routed_at',
  gateway: 'written_at',
  client: 'acked_at',
};

/** The trace with what the stream has told since. */
export function withReceipt(trace: Trace, told: Receipt, now: number): Trace {
  const delivery = mergeDelivery(trace.delivery, told, now);
  if (delivery === trace.delivery) return trace;
  const hops = trace.hops.map((hop) => {
    const time = TIME_OF[hop.hop];
    const at = hop.at ?? (time === undefined ? undefined : delivery[time]);
    return at === undefined ? hop : { ...hop, at, detail: { ...detailOf(hop.hop, delivery), ...hop.detail } };
  });
  const { gap, ...rest } = trace;
  const closed = gap !== undefined && hops.some((hop) => hop.hop === gap.hop && hop.at !== undefined);
  const terminal = trace.terminal || (isSettled(delivery) && delivery.status !== 'written');
  return { ...rest, ...(gap !== undefined && !closed && { gap }), delivery, hops, terminal };
}

function detailOf(hop: Hop, delivery: DeliveryRow): Trace['hops'][number]['detail'] {
  const { node, gateway, session_id, platform, ring_version } = delivery;
  const all = hop === 'node' ? { node, ring_version } : hop === 'gateway' ? { gateway, session_id, platform } : {};
  return Object.fromEntries(Object.entries(all).filter(([, value]) => value !== undefined));
}

export function hopViews(trace: Trace): HopView[] {
  const start = trace.message.c_time;
  const last = trace.hops.findLastIndex((hop) => hop.at !== undefined);
  const ended = trace.terminal;
  let before = start;
  return trace.hops.map((hop, index) => {
    const { at } = hop;
    const stepMs = at === undefined ? undefined : at - before;
    if (at !== undefined) before = at;
    return {
      hop: hop.hop,
      state: at !== undefined ? 'reached' : index < last ? 'passed' : ended ? 'missing' : 'waiting',
      at,
      offsetMs: at === undefined ? undefined : at - start,
      stepMs,
      detail: hop.detail,
    };
  });
}

/** Whether the client of this way reports receipt; undefined while it is not known. */
export function acknowledges(trace: Trace): boolean | undefined {
  const told = trace.hops.find((hop) => hop.hop === 'client')?.detail.acknowledges;
  if (trace.delivery.acked_at !== undefined) return true;
  if (typeof told === 'boolean') return told;
  // What a client that acknowledges was written to is told together with its acknowledgement.
  return trace.delivery.written_at === undefined ? undefined : false;
}

/** Milliseconds from the first hop to the furthest. */
export function totalMs(trace: Trace): number | undefined {
  const times = trace.hops.flatMap(({ at }) => at ?? []);
  return times.length < 2 ? undefined : Math.max(...times) - trace.message.c_time;
}

export type Scale = 'linear' | 'log';

/** Where an offset lies on an axis that ends at `total`, 0 to 1. Clocks of machines may differ: what lies before the start is at 0. */
export function placeOf(offsetMs: number, total: number, scale: Scale): number {
  if (total <= 0) return 0;
  const inside = Math.min(Math.max(offsetMs, 0), total);
  return scale === 'linear' ? inside / total : Math.log1p(inside) / Math.log1p(total);
}

/** Offsets to mark on the axis: round ones, the first 0, at most about six. */
export function ticksOf(total: number, scale: Scale): number[] {
  if (total <= 0) return [0];
  if (scale === 'log') {
    const powers = [1, 10, 100, 1_000, 10_000, 100_000, 1_000_000, 10_000_000, 100_000_000];
    return [0, ...powers.filter((power) => power <= total)];
  }
  const power = 10 ** Math.floor(Math.log10(total / 4.5));
  const step = [1, 2, 5, 10].map((factor) => factor * power).find((size) => total / size <= 4.5) ?? total;
  return Array.from({ length: Math.floor(total / step) + 1 }, (_, index) => index * step);
}
