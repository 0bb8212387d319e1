// The way of one message to one receiver: which hops it took, by what, and where it waits. Pure.
import type { DeliveryRecord } from '@message-push/archive';
import type { DeliveryStatus } from '@message-push/protocol';
import { HOPS, type Hop, type Trace } from '@message-push/protocol/admin';
import type { Place } from '@message-push/ring';

/** What is known besides the record; each is absent where it could not be asked, or has nothing to do with the delivery's state. */
export interface TraceFacts {
  now: number;
  c_time: number;
  /** Where the uid was on the ring that the delivery was routed by. */
  place?: Place | undefined;
  /** Records of its partition that the delivery group has not settled, this one included; 0 = it is past this one. */
  lag?: number | undefined;
  /** Nodes of the present ring that answer. */
  nodes?: ReadonlySet<string> | undefined;
  /** Whether the receiver has a session now. */
  online?: boolean | undefined;
}

type TraceHop = Trace['hops'][number];
type Gap = NonNullable<Trace['gap']>;

/** A hop is over in milliseconds; after this it is worth asking why it is not. */
const EXPECTED_MS = 2_000;
const FINAL: readonly DeliveryStatus[] = ['written', 'acked', 'expired', 'recalled', 'dead'];

export function traceOf(delivery: DeliveryRecord, facts: TraceFacts): Pick<Trace, 'hops' | 'gap' | 'terminal'> {
  const times = timesOf(delivery, facts.c_time);
  const details = detailsOf(delivery, facts);
  const hops = HOPS.map((hop): TraceHop => {
    const at = times[hop];
    return { hop, ...(at !== undefined && { at }), detail: details[hop] };
  });
  const gap = gapOf(delivery, times, facts);
  return { hops, ...(gap !== undefined && { gap }), terminal: FINAL.includes(delivery.status) };
}

/** Only the furthest times may be known: a hop behind which something happened was reached, at that time at the latest. */
function timesOf(delivery: DeliveryRecord, c_time: number): Record<Hop, number | undefined> {
  const { queued_at, offline_at, routed_at, written_at, acked_at, dead_at } = delivery;
  const node = routed_at ?? written_at ?? acked_at;
  return {
    api: c_time,
    bus: queued_at,
    consumer: least(offline_at, dead_at, node),
    node,
    gateway: written_at ?? acked_at,
    client: acked_at,
  };
}

function detailsOf(delivery: DeliveryRecord, { place, lag }: TraceFacts): Record<Hop, TraceHop['detail']> {
  const { partition, offset, node, ring_version, gateway, session_id, platform, status, offline_at } = delivery;
  const acknowledges = status === 'acked' ? true : status === 'written' ? false : undefined;
  return {
    api: {},
    bus: known({ topic: 'pushes', partition, offset }),
    consumer: known({ lag, offline_at }),
    node: known({ node, ring_version, hash: place?.hash, point: place?.point, owner: place?.node }),
    gateway: known({ gateway, session_id, platform }),
    client: known({ acknowledges }),
  };
}

/** What should have come next. Of a delivery that was confirmed there is nothing left to come. */
function gapOf(delivery: DeliveryRecord, times: Record<Hop, number | undefined>, facts: TraceFacts): Gap | undefined {
  if (delivery.status === 'acked') return undefined;
  const reached = HOPS.findLastIndex((hop) => times[hop] !== undefined);
  const hop = HOPS[reached + 1] ?? 'client';
  const last = HOPS[reached];
  const since = endOf(delivery) ?? (last === undefined ? undefined : times[last]) ?? facts.c_time;
  return { hop, since, expected_ms: EXPECTED_MS, cause: causeOf(delivery, hop, facts) };
}

function endOf({ status, evicted_at, expires_at, recalled_at, dead_at }: DeliveryRecord): number | undefined {
  if (status === 'expired') return evicted_at ?? expires_at;
  return status === 'recalled' ? recalled_at : status === 'dead' ? dead_at : undefined;
}

function causeOf({ status, node }: DeliveryRecord, hop: Hop, { lag, nodes, online }: TraceFacts): Gap['cause'] {
  if (status === 'expired' || status === 'recalled' || status === 'dead' || status === 'offline') return status;
  if (status === 'written') return 'not_acknowledging';
  if (hop === 'bus' || hop === 'consumer') {
    if (lag !== undefined && lag > 0) return 'lag';
    return nodes?.size === 0 ? 'no_node' : 'unknown';
  }
  // At a node, and no client has told that it got it: what is written to one that acknowledges is told with its acknowledgement.
  if (node !== undefined && nodes !== undefined && !nodes.has(node)) return 'node_silent';
  if (online === undefined) return 'unknown';
  return online ? 'not_acknowledging' : 'offline';
}

function least(...times: (number | undefined)[]): number | undefined {
  const given = times.filter((time) => time !== undefined);
  return given.length === 0 ? undefined : Math.min(...given);
}

function known(detail: Record<string, unknown>): TraceHop['detail'] {
  return Object.fromEntries(Object.entries(detail).filter(([, value]) => value !== undefined));
}
