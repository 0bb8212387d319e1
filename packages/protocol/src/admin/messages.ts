// Sending from the console, the history of all apps, and the way of one message hop by hop.
import {
  array,
  boolean,
  enum as choice,
  coerce,
  type infer as Infer,
  int,
  number,
  object,
  optional,
  partialRecord,
  string,
  unknown,
} from 'zod';
import { PUSH_LIMITS } from '../limits.ts';
import { list } from '../lists.ts';
import { pushRequestSchema, uidSchema } from '../push-request.ts';
import { deliverySchema, pushRecordSchema } from '../rest.ts';
import { DELIVERY_STATUSES } from '../status.ts';
import { line, name } from '../texts.ts';
import { listFields, range } from './lists.ts';

const status = choice(DELIVERY_STATUSES);

/** POST /admin/v1/push with an Idempotency-Key: a push as an app sends it, and which app. Answer: `acceptedSchema`. */
export const adminPushSchema = pushRequestSchema.extend({ app: name(64) });

/** POST /admin/v1/push/preview: who it would reach now. */
export const previewSchema = object({ app: name(64), uids: list(uidSchema(), 1, PUSH_LIMITS.uidsMax) });
export const previewRowSchema = object({
  uid: string(),
  online: boolean(),
  /** The node that owns the uid by the present ring; absent while the ring is empty. */
  node: optional(string()),
});
export type PreviewRow = Infer<typeof previewRowSchema>;

export const QUERY_CHARS_MAX = 1_000;

/** What GET /admin/v1/messages, /histogram, /funnel, /latency, /failures, /clauses and /export are asked with. */
export const messagesFilterSchema = object({
  /** In the query language of `query-language.ts`. */
  q: optional(line(QUERY_CHARS_MAX)),
  ...range,
});
/** GET /admin/v1/messages: newest first. A wrong `q` is INVALID_QUERY with details[0].path = `q:<column from 0>`. */
export const messagesQuerySchema = messagesFilterSchema.extend(listFields);
export type MessagesQuery = Infer<typeof messagesQuerySchema>;

/** A push in the history. Title and content of an app with private bodies are left out for who may not read them (`private`). */
export const messageRowSchema = pushRecordSchema.extend({
  private: optional(boolean()),
  /** When the last of those who have it got it: acknowledged, else written. */
  last_at: optional(int()),
  /** Deliveries that went with an erased person. */
  erased: optional(int()),
});
export type MessageRow = Infer<typeof messageRowSchema>;
/** Beside `data` of a page of messages. */
export const totalFields = { total: int(), total_is_lower_bound: boolean() };

/** GET /admin/v1/messages/histogram: deliveries per status and interval, oldest first, empty intervals left out; at most 500. */
export const histogramQuerySchema = messagesFilterSchema.extend({
  interval_ms: coerce
    .number()
    .int()
    .min(1_000)
    .max(86_400_000 * 31),
});
export const bucketSchema = object({ from: int(), counts: partialRecord(status, int()) });
export type BucketView = Infer<typeof bucketSchema>;

/** GET /admin/v1/messages/funnel: deliveries that got at least so far. */
export const funnelSchema = object({ accepted: int(), routed: int(), written: int(), acked: int() });
export type FunnelView = Infer<typeof funnelSchema>;

export const LATENCY_HOPS = ['bus', 'node', 'socket', 'ack', 'total'] as const;
/**
 * GET /admin/v1/messages/latency: percentiles in milliseconds, of the newest deliveries of the range (`sample` of them). bus = accepted to
 * queued, node = queued to routed, socket = routed to written, ack = written to acked, total = accepted to the furthest of the last two.
 */
export const latencySchema = object({
  sample: int(),
  hops: array(object({ hop: choice(LATENCY_HOPS), p50: number(), p95: number(), p99: number() })),
});
export type LatencyView = Infer<typeof latencySchema>;

/** GET /admin/v1/messages/failures: why deliveries ended without arriving, the most frequent reasons of the newest ones, at most 5. A reason is a sentence of REASONS. */
export const failureReasonSchema = object({ status, reason: string(), count: int() });
export type FailureReason = Infer<typeof failureReasonSchema>;

/** GET /admin/v1/messages/clauses: each clause of the query alone, for a search without a result. */
export const clauseCountSchema = object({ clause: string(), total: int(), total_is_lower_bound: boolean() });
export type ClauseCount = Infer<typeof clauseCountSchema>;

/** GET /admin/v1/messages/suggest?field=&prefix=: values seen lately (app, platform, content_type, node, status, reason), at most 10. */
export const suggestQuerySchema = object({ field: line(32), prefix: line(128).default('') });

/** GET /admin/v1/messages/{message_id}/deliveries */
export const deliveryRowSchema = deliverySchema.extend({
  seq: optional(string()),
  partition: optional(int()),
  offset: optional(int()),
  ring_version: optional(int()),
});
export type DeliveryRow = Infer<typeof deliveryRowSchema>;

export const HOPS = ['api', 'bus', 'consumer', 'node', 'gateway', 'client'] as const;
export type Hop = (typeof HOPS)[number];

/**
 * GET /admin/v1/messages/{message_id}/trace?uid=: the way to one receiver. Hops in order; one without `at` was not reached (yet). `detail` is
 * what is known of it: bus {topic, partition, offset}, consumer {lag, offline_at}, node {node, ring_version, hash, point, owner}, gateway
 * {gateway, session_id, platform}, client {acknowledges}.
 */
export const traceSchema = object({
  message: messageRowSchema,
  delivery: deliveryRowSchema,
  hops: array(object({ hop: choice(HOPS), at: optional(int()), detail: partialRecord(string(), unknown()) })),
  /**
   * Where it waits or ended short: what should have been next, since when (epoch milliseconds) that has been missing, and a likely cause.
   * It is late once `expected_ms` have passed since. Absent when it was acknowledged.
   */
  gap: optional(
    object({
      hop: choice(HOPS),
      since: int(),
      expected_ms: int(),
      cause: choice([
        'offline',
        'expired',
        'recalled',
        'dead',
        'no_node',
        'lag',
        'node_silent',
        'not_acknowledging',
        'unknown',
      ]),
    }),
  ),
  /** Nothing will change any more. */
  terminal: boolean(),
});
export type Trace = Infer<typeof traceSchema>;

/** POST /admin/v1/messages/{message_id}/recall. Answer: `recallSchema`. */
export const traceQuerySchema = object({ uid: name(PUSH_LIMITS.uidCharsMax) });
