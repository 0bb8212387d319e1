// Figures of a sample of deliveries: how long each hop took, and why some never arrived. Pure.
import type { SampledDelivery } from '@message-push/archive';
import { REASONS } from '@message-push/protocol';
import type { FailureReason, LatencyView } from '@message-push/protocol/admin';

type HopName = LatencyView['hops'][number]['hop'];

/** Milliseconds of one hop; undefined where one of its times is not known. */
const HOP_MS: Record<HopName, (delivery: SampledDelivery) => number | undefined> = {
  bus: ({ c_time, queued_at }) => between(c_time, queued_at),
  node: ({ queued_at, routed_at }) => between(queued_at, routed_at),
  socket: ({ routed_at, written_at }) => between(routed_at, written_at),
  ack: ({ written_at, acked_at }) => between(written_at, acked_at),
  total: ({ c_time, written_at, acked_at }) => between(c_time, acked_at ?? written_at),
};

/** Percentiles by nearest rank; hops without any time are left out. */
export function latencyOf(sample: readonly SampledDelivery[]): LatencyView {
  const hops: LatencyView['hops'] = [];
  for (const [hop, msOf] of Object.entries(HOP_MS)) {
    const times = sample.flatMap((delivery) => msOf(delivery) ?? []).sort((a, b) => a - b);
    if (times.length === 0) continue;
    const at = (part: number) => times[Math.max(0, Math.ceil(part * times.length) - 1)] ?? 0;
    // Object.entries widens the names of the table.
    hops.push({ hop: hop as HopName, p50: at(0.5), p95: at(0.95), p99: at(0.99) });
  }
  return { sample: sample.length, hops };
}

/** What a delivery ended of that names no reason itself. */
const UNNAMED: Partial<Record<SampledDelivery['status'], string>> = {
  expired: REASONS.time_over,
  recalled: REASONS.recalled,
};

/** The most frequent reasons first. */
export function failuresOf(sample: readonly SampledDelivery[], max: number): FailureReason[] {
  const found = new Map<string, FailureReason>();
  for (const { status, reason = UNNAMED[status] ?? REASONS.unknown } of sample) {
    const key = `${status} ${reason}`;
    const known = found.get(key) ?? { status, reason, count: 0 };
    known.count++;
    found.set(key, known);
  }
  return [...found.values()].sort((a, b) => b.count - a.count).slice(0, max);
}

/** Clocks of two machines may disagree by some milliseconds. */
function between(from: number | undefined, to: number | undefined): number | undefined {
  return from === undefined || to === undefined ? undefined : Math.max(0, to - from);
}
