// The words of the stack: an engine, its recipe (how it is set up and started here), and the handle of a running one.

import type { Workshop } from './artefacts.ts';

export const ENGINES = ['kafka', 'elasticsearch', 'nacos', 'redis', 'postgres'] as const;
export type Engine = (typeof ENGINES)[number];

/** A real server on loopback. A resolved promise means: done, and the server answers again or is gone. */
export interface EngineHandle {
  readonly engine: Engine;
  /** host:port */
  readonly address: string;
  /** What a client is configured with; the one of PostgreSQL carries its password. */
  readonly url: string;
  /** The process of this moment; 0 while it is stopped. */
  readonly pid: number;
  /** The file that its output is appended to. */
  readonly log: string;
  /** Ends it in order; the data stay. */
  stop(): Promise<void>;
  /** kill -9 of all its processes; resolves when they are gone. */
  kill(): Promise<void>;
  /** Starts it again on the same port and data. Does nothing while it runs. */
  start(): Promise<void>;
  /** SIGSTOP: the port stays open, nothing is answered. */
  pause(): void;
  /** SIGCONT. */
  resume(): void;
}

/** Where one engine lives and listens. */
export interface Place {
  /** Its own folder: configuration, data, log. */
  dir: string;
  /** The folder of the whole stack. */
  home: string;
  port: number;
  /** Folder of its fetched artefacts; empty for an engine that the system provides. */
  artefacts: string;
  /** Heap of a JVM. */
  heapMb: number;
}

/** A command that becomes the server's process by itself: no wrapper, no daemon. */
export interface Command {
  file: string;
  args: string[];
  cwd: string;
  env?: Record<string, string>;
  /** The account it runs as, when it is another than ours. */
  account?: { uid: number; gid: number };
}

/** How one engine is set up and started. */
export interface Recipe {
  engine: Engine;
  /** Name with version, as people know it. */
  title: string;
  /** Port by default: the well-known one with a 1 before it, so that it is not in the way of a server of the system. */
  port: number;
  /** Other ports it takes, relative to its port. */
  morePorts: readonly number[];
  heapMb: number;
  stopSignal: 'SIGTERM' | 'SIGINT';
  /** Its jars come from Maven, and `finish` makes what belongs to them; absent: the system provides the program. */
  jars?: { finish?(workshop: Workshop): Promise<void> };
  /** Where its folder has to be, when it can't be `dir`. */
  folder?(dir: string): string;
  /** Makes configuration and empty data (complete or not at all) and says how to start. No process of an earlier start lives. */
  prepare(place: Place): Promise<Command>;
  /** Resolves when it serves, rejects when it does not yet. */
  probe(place: Place, signal: AbortSignal): Promise<void>;
  url(place: Place): string;
  /** All processes of the server when one is not all. */
  family?(place: Place): number[];
}

/** Told in one sentence to whoever called; nothing is wrong with the program. */
export class StackError extends Error {
  override name = 'StackError';
}

export type Say = (line: string) => void;
