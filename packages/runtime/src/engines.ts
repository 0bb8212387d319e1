// Opens the engines that a process needs, in any order of their starts: what is away is waited for, with one clear line.
import { setTimeout as pause } from 'node:timers/promises';
import { ConfigError } from './config.ts';
import type { Log } from './log.ts';

/** What can be opened: a client of an engine. */
export interface Engine {
  /** One round trip; rejects while the engine is away. */
  ping(): Promise<void>;
  close(): Promise<void>;
}

/** How to open each engine, by its name. */
export type Openers = Record<string, () => Promise<Engine>>;
export type Opened<O extends Openers> = { [K in keyof O]: Awaited<ReturnType<O[K]>> };

const RETRY_MIN_MS = 250;
const RETRY_MAX_MS = 5000;
/** An engine that neither answers nor refuses is named after this. */
const SILENT_MS = 5000;
/** An engine that is still away is told again after this, with the reason of then. */
const REPEAT_MS = 15_000;

/** Told while engines are away: name → why, in words. */
export type OnMissing = (missing: ReadonlyMap<string, string>) => void;

export interface OpenOptions {
  /** Engines without which the process serves nobody: waited for until they have answered once. */
  needed: readonly string[];
  log: Log;
  signal: AbortSignal;
  onMissing: OnMissing;
}

/**
 * Resolves when all are open and those that are needed have answered. Rejects at once with a ConfigError (waiting would not help), or
 * when `signal` aborts; what was opened is closed then.
 */
export async function openEngines<O extends Openers>(
  openers: O,
  { needed, log, signal, onMissing }: OpenOptions,
): Promise<Opened<O>> {
  const missing = new Map<string, string>();
  const failed = new AbortController();
  const ended = AbortSignal.any([signal, failed.signal]);
  const opened: [string, Engine][] = [];
  const open = async ([name, opener]: [string, () => Promise<Engine>]) => {
    const tell = reporter(name, log, (why) => {
      if (why === undefined) missing.delete(name);
      else missing.set(name, why);
      onMissing(missing);
    });
    const engine = await openOne(opener, tell, ended);
    opened.push([name, engine]);
    if (needed.includes(name)) await answered(engine, tell, ended);
    else
      engine.ping().catch((error: unknown) => {
        log.warn({ engine: name }, `${name} is away, going on without it: ${reasonOf(error)}`);
      });
    tell(undefined);
  };
  const results = await Promise.allSettled(
    Object.entries(openers).map((entry) =>
      open(entry).catch((error: unknown) => {
        failed.abort();
        throw error;
      }),
    ),
  );
  const wrong = results.flatMap((result) => (result.status === 'rejected' ? [result.reason] : []));
  if (wrong.length === 0) return Object.fromEntries(opened) as Opened<O>; // each name was opened by its own opener
  await Promise.allSettled(opened.map(([, engine]) => engine.close()));
  throw wrong.find((error) => error instanceof ConfigError) ?? wrong[0];
}

type Tell = (why: string | undefined) => void;

function openOne(opener: () => Promise<Engine>, tell: Tell, ended: AbortSignal): Promise<Engine> {
  return again(opener, tell, ended, (opening) => {
    opening.then((late) => late.close()).catch(() => undefined); // nobody waits for it any more
  });
}

function answered(engine: Engine, tell: Tell, ended: AbortSignal): Promise<void> {
  return again(
    () => engine.ping(),
    tell,
    ended,
    (ping) => ping.catch(() => undefined),
  );
}

/** Tries again and again, and tells why. What is under way at the end is left to `onLate`. */
async function again<T>(
  attempt: () => Promise<T>,
  tell: Tell,
  ended: AbortSignal,
  onLate: (under: Promise<T>) => void,
): Promise<T> {
  for (let wait = RETRY_MIN_MS; ; wait = Math.min(RETRY_MAX_MS, wait * 2)) {
    ended.throwIfAborted();
    const silent = setTimeout(() => tell('it does not answer'), SILENT_MS);
    try {
      return await untilAborted(attempt(), ended, onLate);
    } catch (error) {
      if (error instanceof ConfigError || ended.aborted) throw error;
      tell(reasonOf(error));
    } finally {
      clearTimeout(silent);
    }
    await pause(wait, undefined, { signal: ended });
  }
}

async function untilAborted<T>(work: Promise<T>, ended: AbortSignal, onLate: (work: Promise<T>) => void): Promise<T> {
  const { promise, reject } = Promise.withResolvers<never>();
  const onAbort = () => {
    onLate(work);
    reject(ended.reason);
  };
  ended.addEventListener('abort', onAbort, { once: true });
  try {
    return await Promise.race([work, promise]);
  } finally {
    ended.removeEventListener('abort', onAbort);
  }
}

/** One line when an engine is away, repeated now and then, and one when it is there. */
function reporter(
  name: string,
  log: Log,
  change: (why: string | undefined) => void,
): (why: string | undefined) => void {
  let toldAt = Number.NEGATIVE_INFINITY;
  let since: number | undefined;
  return (why) => {
    const now = performance.now();
    if (why === undefined) {
      if (since !== undefined) log.info({ engine: name, waitedMs: Math.round(now - since) }, `${name} is there`);
      change(undefined);
      return;
    }
    since ??= now;
    if (now - toldAt >= REPEAT_MS) {
      log.warn({ engine: name }, `waiting for ${name}: ${why}`);
      toldAt = now;
    }
    change(why);
  };
}

/** Why a call failed, in words. An error with a cause speaks to callers; its cause says what happened. */
export function reasonOf(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  return wordsOf(error.cause instanceof Error ? error.cause : error);
}

/** Errors of several connection attempts say nothing themselves. */
function wordsOf(error: Error): string {
  if (error instanceof AggregateError && error.message === '') return error.errors.map(reasonOf).join(', ');
  return error.message || error.name;
}
