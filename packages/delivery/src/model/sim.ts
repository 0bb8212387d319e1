// A simulated world of processes that talk through first-in-first-out channels; a seed decides which message moves next.

/** Small, fast, good enough and the same everywhere: mulberry32. */
export class Random {
  private state: number;

  constructor(seed: number) {
    this.state = seed >>> 0;
  }

  next(): number {
    this.state = (this.state + 0x6d2b79f5) >>> 0;
    let t = this.state;
    t = Math.imul(t ^ (t >>> 15), t | 1);
    t ^= t + Math.imul(t ^ (t >>> 7), t | 61);
    return ((t ^ (t >>> 14)) >>> 0) / 4_294_967_296;
  }

  /** An integer from 0 to n - 1. */
  int(n: number): number {
    return Math.floor(this.next() * n);
  }

  chance(p: number): boolean {
    return this.next() < p;
  }

  pick<T>(items: readonly T[]): T | undefined {
    return items[this.int(items.length)];
  }
}

/** A rule of the design was broken; the message says which push or session, the trace says how. */
export class Violation extends Error {
  readonly invariant: string;

  constructor(invariant: string, detail: string) {
    super(`${invariant}: ${detail}`);
    this.invariant = invariant;
  }
}

/** Events in order. `owner` is the process that receives them: none of them happens while it is stopped. */
export interface Channel {
  readonly owner: Proc | undefined;
  queue: (() => void)[];
  /** Since when the first event waits. */
  since: number;
  listed: boolean;
}

interface Timer {
  at: number;
  owner: Proc;
  run: () => void;
}

/** One life of a process. */
export class Proc {
  readonly sim: Sim;
  readonly name: string;
  alive = true;
  stoppedUntil = 0;
  readonly self: Channel;

  constructor(sim: Sim, name: string) {
    this.sim = sim;
    this.name = name;
    this.self = sim.channel(this);
  }

  get stopped(): boolean {
    return this.stoppedUntil > this.sim.now;
  }

  after(ms: number, run: () => void): void {
    this.sim.timers.push({ at: this.sim.now + ms, owner: this, run });
  }

  /** Runs it as an event of this process, some time soon. */
  soon(run: () => void): void {
    this.sim.send(this.self, run);
  }
}

/** No event waits longer than this for its turn: a bound like those of real schedulers and networks. */
const PATIENCE_MS = 250;
const STEP_MS = 8;

export class Sim {
  readonly random: Random;
  now = 1_000_000_000;
  steps = 0;
  readonly timers: Timer[] = [];
  readonly lines: string[] | undefined;
  private readonly ready: Channel[] = [];

  constructor(seed: number, trace: boolean) {
    this.random = new Random(seed);
    this.lines = trace ? [] : undefined;
  }

  note(text: () => string): void {
    this.lines?.push(`${String(this.now - 1_000_000_000).padStart(6)} ${text()}`);
  }

  channel(owner?: Proc): Channel {
    return { owner, queue: [], since: 0, listed: false };
  }

  send(channel: Channel, run: () => void): void {
    if (channel.owner?.alive === false) return;
    if (channel.queue.length === 0) channel.since = this.now;
    channel.queue.push(run);
    if (channel.listed) return;
    channel.listed = true;
    this.ready.push(channel);
  }

  /** Lets one event happen; false when nothing is left to happen. */
  step(): boolean {
    this.steps += 1;
    this.now += this.random.int(STEP_MS);
    if (this.random.chance(0.5) && this.fireTimer()) return true;
    const channel = this.choose();
    if (channel !== undefined) {
      const run = channel.queue.shift();
      channel.since = this.now;
      run?.();
      return true;
    }
    if (this.fireTimer()) return true;
    const next = Math.min(...this.timers.map((timer) => Math.max(timer.at, timer.owner.stoppedUntil)), ...this.wakes());
    if (next === Number.POSITIVE_INFINITY) return false;
    this.now = Math.max(this.now, next);
    return true;
  }

  /** Until nothing is left to happen; a world that never comes to rest is a violation. */
  drain(stepsMax: number): void {
    for (let i = 0; i < stepsMax; i++) {
      if (!this.step()) return;
    }
    throw new Violation('rest', `still busy after ${stepsMax} steps`);
  }

  private fireTimer(): boolean {
    for (let i = 0; i < this.timers.length; i++) {
      const timer = this.timers[i];
      if (timer === undefined || (timer.owner.alive && (timer.at > this.now || timer.owner.stopped))) continue;
      this.timers.splice(i, 1);
      if (!timer.owner.alive) return true;
      timer.run();
      return true;
    }
    return false;
  }

  private choose(): Channel | undefined {
    const open: Channel[] = [];
    for (let i = this.ready.length - 1; i >= 0; i--) {
      const channel = this.ready[i];
      if (channel === undefined) continue;
      if (channel.queue.length === 0 || channel.owner?.alive === false) {
        channel.listed = false;
        channel.queue = [];
        this.ready[i] = this.ready[this.ready.length - 1] ?? channel;
        this.ready.pop();
      } else if (channel.owner?.stopped !== true) {
        if (this.now - channel.since > PATIENCE_MS) return channel;
        open.push(channel);
      }
    }
    return this.random.pick(open);
  }

  private wakes(): number[] {
    return this.ready
      .filter((c) => c.queue.length > 0 && c.owner?.stopped === true)
      .map((c) => c.owner?.stoppedUntil ?? 0);
  }
}
