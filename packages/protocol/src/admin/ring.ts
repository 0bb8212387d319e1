// The ring and the nodes on it: points, shares, what a change would move, what changes did, and draining.
import {
  array,
  enum as choice,
  coerce,
  type infer as Infer,
  int,
  number,
  object,
  optional,
  record,
  string,
  unknown,
} from 'zod';
import { PUSH_LIMITS } from '../limits.ts';
import { list } from '../lists.ts';
import { name } from '../texts.ts';

/** A node of the ring. Rates per second, sizes in bytes, times in epoch milliseconds, shares 0..1. */
export const nodeRowSchema = object({
  id: string(),
  incarnation: string(),
  address: string(),
  weight: number(),
  /** down: on the ring but silent; suspicious: not all gateways reach it, or its heart-beat is late. */
  state: choice(['up', 'suspicious', 'draining', 'down']),
  zone: optional(string()),
  version: optional(string()),
  share: number(),
  sessions: int(),
  uids: int(),
  links: int(),
  /** Gateways that have a link to it, of all. */
  linked_gateways: int(),
  gateways: int(),
  deliveries_per_s: number(),
  catch_ups_total: int(),
  rss_bytes: int(),
  event_loop_p99_ms: number(),
  uptime_s: number(),
  /** Ring version that it works by. */
  ring_version: int(),
  problem: optional(string()),
  /** Milliseconds since it last answered an api or a gateway was joined to it; absent when nobody has heard of it. */
  heard_ms: optional(int()),
});
export type NodeRow = Infer<typeof nodeRowSchema>;

/** GET /admin/v1/ring */
export const ringSchema = object({
  version: int(),
  epoch: int(),
  at: int(),
  cause: string(),
  leader: optional(string()),
  frozen: optional(string()),
  nodes: array(nodeRowSchema),
  /** Points of each node on the circle (0..2^32-1), sorted, by node id; draining nodes have none. */
  points: record(string(), array(int())),
  /** Where ring and registry disagree. */
  disagreements: array(object({ id: string(), problem: choice(['registered_not_on_ring', 'on_ring_not_registered']) })),
});
export type RingView = Infer<typeof ringSchema>;

/** GET /admin/v1/ring/locate?uid= */
export const locateQuerySchema = object({ uid: name(PUSH_LIMITS.uidCharsMax), app: optional(name(64)) });
export const locationSchema = object({
  uid: string(),
  ring_version: int(),
  hash: int(),
  /** The first point at or after the hash; it decides the node. */
  point: int(),
  node: string(),
  /** Nodes that hold a session of this uid now; only with `app`. */
  bound: optional(array(string())),
});
export type Location = Infer<typeof locationSchema>;

const NODES_MAX = 500;
const nodeId = name(128);
/** POST /admin/v1/ring/simulate: nodes to take out, nodes to add (ids of your own choice), new weights. Changes nothing. */
export const simulateSchema = object({
  remove: list(nodeId, 0, NODES_MAX).default([]),
  add: list(object({ id: nodeId, weight: number().min(0.1).max(100).default(1) }), 0, 50).default([]),
  weights: record(string(), number().min(0.1).max(100)).default({}),
});
export type SimulateRequest = Infer<typeof simulateSchema>;
export const simulationSchema = object({
  ring_version: int(),
  before: array(object({ id: string(), share: number() })),
  after: array(object({ id: string(), share: number() })),
  /** Share of all hashes with another owner. */
  moved: number(),
  moves: array(object({ from: optional(string()), to: optional(string()), share: number() })),
  /** Of those online now, by share. */
  users_moved: int(),
  users_online: int(),
  /** Points after the change, as in `ringSchema`. */
  points: record(string(), array(int())),
});
export type SimulationView = Infer<typeof simulationSchema>;

/** GET /admin/v1/ring/history?limit=: newest first, at most 100. */
export const ringHistoryQuerySchema = object({ limit: coerce.number().int().min(1).max(100).default(50) });
export const ringChangeSchema = object({
  version: int(),
  at: int(),
  cause: string(),
  nodes: array(object({ id: string(), state: choice(['up', 'draining']) })),
  joined: array(string()),
  left: array(string()),
  draining: array(string()),
  /** Share of all hashes that moved against the version before; absent for the oldest one known. */
  moved: optional(number()),
});
export type RingChangeView = Infer<typeof ringChangeSchema>;

/** A series of samples, the oldest first; `at[i]` belongs to the i-th value of each list. Kept by the node itself: 15 minutes by the second, an hour by 10 s. */
export const nodeSeriesSchema = object({
  at: array(int()),
  sessions: array(int()),
  uids: array(int()),
  deliveries_per_s: array(number()),
  event_loop_p99_ms: array(number()),
  rss_bytes: array(int()),
});
export type NodeSeries = Infer<typeof nodeSeriesSchema>;
/** GET /admin/v1/nodes/{id}?range=15m|1h, and GET /admin/v1/rates (the sum over all nodes, 15 minutes). */
export const nodeDetailQuerySchema = object({ range: choice(['15m', '1h']).default('1h') });
export const nodeDetailSchema = object({
  node: nodeRowSchema,
  series: optional(nodeSeriesSchema),
  /** What it told the registry. */
  metadata: record(string(), unknown()),
  drain: optional(object({ since: int(), uids_at_start: int(), uids_left: int() })),
});
export type NodeDetail = Infer<typeof nodeDetailSchema>;

/** POST /admin/v1/nodes/{id}/drain (`confirmSchema`: the node's id) and …/undrain. Answer: `nodeRowSchema`. */
