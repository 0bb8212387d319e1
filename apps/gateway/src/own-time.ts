// Notices when this process stood still: what it did not hear in that time says nothing about the others.
import type { Clock } from '@message-push/runtime';
import type { GatewayConfig } from './config.ts';

/** Well below LINK_LATE_MS, so that a pause is measured closely. */
const EVERY_MS = 100;

export interface OwnTimeDeps {
  config: Pick<GatewayConfig, 'linkLateMs'>;
  clock: Clock;
  /** The process was late by more than `linkLateMs`, or the clock jumped: silence counts from now on. */
  onLate(now: number, lateMs: number): void;
}

/** Promises: between a pause of the process and the next answer of `check` lies a call of `onLate`. */
export class OwnTime {
  #deps: OwnTimeDeps;
  #last: number;
  #timer: NodeJS.Timeout | undefined;

  constructor(deps: OwnTimeDeps) {
    this.#deps = deps;
    this.#last = deps.clock.now();
  }

  start(): void {
    this.#last = this.#deps.clock.now();
    this.#timer = setInterval(() => this.check(), EVERY_MS);
  }

  stop(): void {
    clearInterval(this.#timer);
  }

  /** Now. Whoever is about to judge others asks here: after a pause the timer may come later than he. */
  check(): number {
    const { clock, config, onLate } = this.#deps;
    const now = clock.now();
    const late = now - this.#last - EVERY_MS;
    this.#last = now;
    if (late > config.linkLateMs || late < -EVERY_MS) onLate(now, late);
    return now;
  }
}
