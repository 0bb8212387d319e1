// The life cycle that every application has: built from its dependencies, listening, started, drained, stopped.
import type { ListenAt } from './process-fields.ts';

export interface App {
  readonly name: string;
  /** Binds the port (0 = a free one) and answers the `host:port` at which others reach it. Only health is served until `start`. */
  listen(at: ListenAt): Promise<string>;
  /** Joins the platform; resolves when it serves, or waits for what is missing with a clear log line. */
  start(): Promise<void>;
  /** Takes in nothing new, ends what is under way within its configured time, and frees every handle. */
  stop(): Promise<void>;
  /** What is missing for readiness, in words; empty = ready. */
  missing(): string[];
}
