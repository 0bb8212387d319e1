// Opens the engines that a process needs, in any order of their starts: what is away is waited for, with one clear line.
import { setTimeout as pause } from 'node:timers/promises';
import { ConfigError } from './config.ts';
import type { Log } from './log.ts';

/** What can be opened: a client of an engine. */
export interface Engine {
  close(): Promise<void>;
}

/** How to open each engine, by its name. */
export type Openers = Record<string, () => Promise<Engine>>;
export type Opened<O extends Openers> = { [K in keyof O]: Awaited<ReturnType<O[K]>> };

const RETRY_MIN_MS = 250;
const RETRY_MAX_MS = 5000;
/** An engine that neither answers nor refuses is named after this. */
const SILENT_MS = 5000;
/** A reason that stays the same is told again after this. */
const REPEAT_MS = 30_000;

/** Told while engines are away: name → why, in words. */
export type OnMissing = (missing: ReadonlyMap<string, string>) => void;

/**
 * Resolves when all are open. Rejects at once with a ConfigError (waiting would not help), or when `signal` aborts; what was
 * opened is closed then.
 */
export async function openEngines<O extends Openers>(
  openers: O,
  { log, signal, onMissing }: { log: Log; signal: AbortSignal; onMissing: OnMissing },
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
    opened.push([name, await openOne(opener, tell, ended)]);
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

/** Tries again and again. An engine that opens after the end is closed. */
async function openOne(
  opener: () => Promise<Engine>,
  tell: (why: string | undefined) => void,
  ended: AbortSignal,
): Promise<Engine> {
  for (let wait = RETRY_MIN_MS; ; wait = Math.min(RETRY_MAX_MS, wait * 2)) {
    ended.throwIfAborted();
    const silent = setTimeout(() => tell('it does not answer'), SILENT_MS);
    try {
      const engine = await untilAborted(opener(), ended);
      tell(undefined);
      return engine;
    } catch (error) {
      if (error instanceof ConfigError || ended.aborted) throw error;
      tell(reasonOf(error));
    } finally {
      clearTimeout(silent);
    }
    await pause(wait, undefined, { signal: ended });
  }
}

async function untilAborted(opening: Promise<Engine>, ended: AbortSignal): Promise<Engine> {
  const { promise, reject } = Promise.withResolvers<never>();
  const onAbort = () => {
    opening.then((late) => late.close()).catch(() => undefined); // nobody waits for it any more
    reject(ended.reason);
  };
  ended.addEventListener('abort', onAbort, { once: true });
  try {
    return await Promise.race([opening, promise]);
  } finally {
    ended.removeEventListener('abort', onAbort);
  }
}

/** One line when an engine is away, one when the reason changes, one when it is there. */
function reporter(
  name: string,
  log: Log,
  change: (why: string | undefined) => void,
): (why: string | undefined) => void {
  let told: string | undefined;
  let toldAt = 0;
  let since: number | undefined;
  return (why) => {
    const now = performance.now();
    if (why === undefined) {
      if (since !== undefined) log.info({ engine: name, waitedMs: Math.round(now - since) }, `${name} is there`);
      change(undefined);
      return;
    }
    since ??= now;
    if (why !== told || now - toldAt >= REPEAT_MS) {
      log.warn({ engine: name }, `waiting for ${name}: ${why}`);
      told = why;
      toldAt = now;
    }
    change(why);
  };
}

/** Why a call failed, in words; errors of several connection attempts say nothing themselves. */
export function reasonOf(error: unknown): string {
  if (error instanceof AggregateError && error.message === '') return error.errors.map(reasonOf).join(', ');
  if (!(error instanceof Error)) return String(error);
  const cause = error.cause instanceof Error ? ` (${reasonOf(error.cause)})` : '';
  return `${error.message || error.name}${cause}`;
}
