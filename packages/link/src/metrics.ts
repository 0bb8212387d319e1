// What is counted about links; one set per process id.
import { counter, gauge, histogram, type Metrics } from '@message-push/runtime';
import type { LinkErrorKind } from './link-error.ts';

/** Called once per message, not per frame. */
export interface LinkMetrics {
  sent(frames: number, bytes: number): void;
  received(frames: number, bytes: number): void;
  roundTrip(ms: number): void;
  opened(): void;
  closed(kind: LinkErrorKind): void;
  /** Links with both HELLOs said. */
  open(count: number): void;
}

export function linkMetrics(metrics: Metrics, id: string): LinkMetrics {
  const labels = { id };
  const traffic = (name: string, help: string) =>
    counter(metrics, `mp_link_${name}_total`, help, ['id']).labels(labels);
  const framesSent = traffic('frames_sent', 'Link frames sent.');
  const framesReceived = traffic('frames_received', 'Link frames received.');
  const messagesSent = traffic('messages_sent', 'WebSocket messages of links sent.');
  const messagesReceived = traffic('messages_received', 'WebSocket messages of links received.');
  const bytesSent = traffic('bytes_sent', 'Bytes of link frames sent.');
  const bytesReceived = traffic('bytes_received', 'Bytes of link frames received.');
  const opened = traffic('opened', 'Links opened.');
  const closed = counter(metrics, 'mp_link_closed_total', 'Links and dials that ended, by reason.', ['id', 'reason']);
  const open = gauge(metrics, 'mp_link_open', 'Open links.', ['id']).labels(labels);
  const buckets = [0.001, 0.002, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2];
  const roundTrip = histogram(metrics, 'mp_link_round_trip_seconds', 'PING to PONG.', buckets, ['id']).labels(labels);
  return {
    sent(frames, bytes) {
      framesSent.inc(frames);
      messagesSent.inc();
      bytesSent.inc(bytes);
    },
    received(frames, bytes) {
      framesReceived.inc(frames);
      messagesReceived.inc();
      bytesReceived.inc(bytes);
    },
    roundTrip: (ms) => roundTrip.observe(Math.max(0, ms) / 1000),
    opened: () => opened.inc(),
    closed: (kind) => closed.inc({ id, reason: kind }),
    open: (count) => open.set(count),
  };
}
