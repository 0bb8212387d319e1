// Inner HTTP of a node (consumer → node, api → node), `/v1/inner/*`, authorised by the cluster secret as a Bearer token.
import type { MessageBody } from './envelope.ts';
import type { MessageId, Seq } from './ids.ts';

/** A message of a post, named once however many receivers it has. */
export interface InnerMessage {
  message_id: MessageId;
  app: string;
  seq: Seq;
  platforms?: string[];
  /** Epoch milliseconds; not sent to anybody afterwards. */
  expires_at: number;
  c_time: number;
  message: MessageBody;
  /** ttl_s was 0: never in an inbox, sent without regard to positions. */
  online_only?: true;
}

/** One message to one uid. `m` is the index in `messages`; `prev` is what the inbox held or had let go just before it. */
export interface InnerDelivery {
  m: number;
  uid: string;
  prev: Seq;
  device_ids?: string[];
}

/** POST /v1/inner/push. Refused with 409 WRONG_INCARNATION when the node is not that incarnation (any more). */
export interface InnerPushRequest {
  v: 1;
  /** Sender and its lane; posts of a lane come one at a time, in order. */
  lane: string;
  incarnation: string;
  messages: InnerMessage[];
  deliveries: InnerDelivery[];
}

/** Sessions reached or marked to catch up, per delivery, in order; 0 = nobody of that uid is bound here. */
export interface InnerPushAnswer {
  outcomes: number[];
}

/** POST /v1/inner/disconnect: closes sessions of a uid with 4503 (or `code`). */
export interface InnerDisconnectRequest {
  app: string;
  uid: string;
  session_id?: string;
  code?: number;
}

/** What was told to close. `session_ids` is absent from an older node; a session that moves is named by both its nodes. */
export interface InnerDisconnectAnswer {
  closed: number;
  session_ids?: string[];
}

/** GET /v1/inner/stats */
export interface NodeStats {
  id: string;
  incarnation: string;
  state: 'up' | 'draining';
  sessions: number;
  uids: number;
  links: number;
  ring_version: number;
  deliveries_total: number;
  catch_ups_total: number;
  rss_bytes: number;
  event_loop_p99_ms: number;
  uptime_s: number;
  /** Messages sent down during the last full second, per session. */
  deliveries_per_s?: number;
  /** While it drains because somebody asked for it: since when (epoch milliseconds), and how many persons it had then. */
  drain?: { since: number; uids_at_start: number };
}

/**
 * GET /v1/inner/series?range=15m|1h: what the node has seen of itself, the oldest first; 15 minutes by the second, or an hour by ten
 * seconds. `at` is the beginning of each interval, epoch milliseconds; the i-th value of each list belongs to the i-th time.
 */
export interface SeriesSamples {
  at: number[];
  sessions: number[];
  uids: number[];
  deliveries_per_s: number[];
  event_loop_p99_ms: number[];
  rss_bytes: number[];
}
export type SeriesRange = '15m' | '1h';

/** One session of a user, GET /v1/inner/sessions?app=&uid= */
export interface SessionInfo {
  session_id: string;
  gateway: string;
  node: string;
  platform: string;
  device_id?: string;
  since: number;
}
