// GET /admin/v1/health: is the platform well, and what that rests on.
import { array, boolean, enum as choice, type infer as Infer, int, number, object, optional, string } from 'zod';

const nodeHealthSchema = object({
  id: string(),
  incarnation: string(),
  state: choice(['up', 'draining']),
  sessions: int(),
  uids: int(),
  links: int(),
  ring_version: int(),
  deliveries_total: int(),
  catch_ups_total: int(),
  rss_bytes: int(),
  event_loop_p99_ms: number(),
  uptime_s: number(),
  /** Part of all hashes that it owns, 0..1. */
  share: number(),
  /** Why its figures are missing (they are 0 then). */
  problem: optional(string()),
});

/** The engines behind the capabilities. */
export const ENGINES = ['bus', 'registry', 'state', 'archive', 'database'] as const;

/** GET /admin/v1/health. Sizes in bytes, times in epoch milliseconds, ages in milliseconds. */
export const healthReportSchema = object({
  at: int(),
  /** No problem at all. */
  healthy: boolean(),
  /** One sentence each, the worst first. */
  problems: array(string()),
  ring: object({
    version: int(),
    nodes: array(nodeHealthSchema),
    /** The gateway that writes the ring; absent while there is none. */
    leader: optional(string()),
    /** Why membership is frozen; absent when it is not. */
    frozen: optional(string()),
  }),
  gateways: array(object({ id: string(), sessions: int(), links: int(), problem: optional(string()) })),
  engines: array(object({ name: choice(ENGINES), kind: string(), ok: boolean(), problem: optional(string()) })),
  delivery: object({
    /** Bus records of pushes that the delivery group has not settled. */
    lag: int(),
    /** Age of the oldest of them; 0 when there is none. */
    oldest_ms: int(),
    dead_letters: int(),
    pushes_per_s: number(),
    deliveries_per_s: number(),
  }),
  users_online: int(),
  /** Sessions of all gateways that wait for a node: being moved, or their owner is out of reach. */
  sessions_off_owner: int(),
});
export type HealthReport = Infer<typeof healthReportSchema>;
export type NodeHealth = HealthReport['ring']['nodes'][number];
export type EngineHealth = HealthReport['engines'][number];
