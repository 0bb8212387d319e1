// Follows state: keeps the newest ring ever seen, and hands on each revocation. While state is away, what is known stays.
import { EMPTY_RING, type RingDocument } from '@message-push/protocol';
import type { Clock, Log } from '@message-push/runtime';
import type { NumberedRevocation, State } from './index.ts';

export interface FollowOptions {
  clock: Clock;
  log: Log;
  /** Pause between two polls, milliseconds. Default 250. */
  everyMs?: number;
  /** Called with each newer ring, in order of version; versions between two polls are not seen. */
  onRing?(document: RingDocument): void;
  /**
   * Called with revocations, oldest first: at first all that are kept, then the new ones. After state lost its last seconds some
   * come again.
   */
  onRevocations?(list: NumberedRevocation[]): void;
  /** Called after each poll that state answered: all that was stored at `at` (epoch milliseconds) has been handed on. */
  onPolled?(at: number): void;
}

export interface StateFollower {
  /** The newest ring ever seen; version 0 before the first. */
  ring(): RingDocument;
  /** Reads the ring now and answers the newest; rejects when state is away. */
  refresh(): Promise<RingDocument>;
  /** Nothing is called back any more. */
  stop(): void;
}

type Followed = Pick<State, 'versions' | 'revocations'> & { ring: Pick<State['ring'], 'read'> };

/** Starts at once; the first ring comes with the first poll. */
export function followState(state: Followed, options: FollowOptions): StateFollower {
  const { clock, log, everyMs = 250, onRing, onRevocations, onPolled } = options;
  let ring = EMPTY_RING;
  let lastRevocation = 0;
  let awaySince: number | undefined;
  let reading: Promise<RingDocument> | undefined;
  let waiting: Promise<RingDocument> | undefined;
  let timer: NodeJS.Timeout | undefined;
  let stopped = false;

  async function readRing(): Promise<RingDocument> {
    const document = await state.ring.read();
    if (document.version > ring.version) {
      ring = document;
      if (!stopped) onRing?.(document);
    }
    return ring;
  }

  /** One read at a time; who asks meanwhile shares the next one: the present one may be older than the question. */
  function refresh(): Promise<RingDocument> {
    if (reading) {
      const again = () => {
        waiting = undefined;
        return refresh();
      };
      waiting ??= reading.then(again, again);
      return waiting;
    }
    reading = readRing().finally(() => {
      reading = undefined;
    });
    return reading;
  }

  async function readRevocations(newest: number): Promise<void> {
    // State that lost its last numbers gives them out again: start anew, applying twice does no harm.
    if (newest < lastRevocation) lastRevocation = 0;
    while (lastRevocation < newest && !stopped) {
      const list = await state.revocations(lastRevocation);
      if (stopped) return;
      lastRevocation = list.at(-1)?.n ?? newest;
      if (list.length > 0) onRevocations?.(list);
    }
  }

  async function poll(): Promise<void> {
    const at = clock.now();
    try {
      const versions = await state.versions();
      if (versions.ring > ring.version) await refresh();
      if (onRevocations) await readRevocations(versions.revocations);
      if (awaySince !== undefined) log.info({ away_ms: clock.now() - awaySince }, 'state is back');
      awaySince = undefined;
      if (!stopped) onPolled?.(at);
    } catch (error) {
      if (awaySince === undefined && !stopped) log.warn({ err: error }, 'state is away: the last ring stays');
      awaySince ??= clock.now();
    }
    if (!stopped) timer = setTimeout(poll, everyMs);
  }

  void poll();
  return {
    ring: () => ring,
    refresh,
    stop: () => {
      stopped = true;
      clearTimeout(timer);
    },
  };
}
