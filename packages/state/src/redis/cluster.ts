// The masters of a Redis Cluster, one lane each, and which of them serves a key. Who serves what is asked of any of them; a call that
// went to the wrong one is rejected, never sent on: it could overtake the calls behind it.
import { ApiError } from '@message-push/protocol';
import type { Log } from '@message-push/runtime';
import { Redis } from 'ioredis';
import type { Address } from './address.ts';
import type { Lane } from './lane.ts';
import type { Routes } from './routes.ts';
import { SLOTS, slotOf } from './slot.ts';

export interface ClusterOptions {
  seeds: Address[];
  timeoutMs: number;
  log: Log | undefined;
  /** A lane to this master; `onMoved` is to be called when it does not serve a key. */
  lane(address: Address, onMoved: () => void): Lane;
}

/** While something is missing, who serves what is asked this often. */
const REFRESH_EVERY_MS = 500;
/** Attempts to find a tag that a lane serves; with a thousand masters one in a thousand hits. */
const TAG_ATTEMPTS_MAX = 100_000;

export class ClusterRoutes implements Routes {
  readonly #options: ClusterOptions;
  #lanes = new Map<string, Lane>();
  #slots: (Lane | undefined)[] = [];
  #isClosed = false;
  #isMoved = false;
  #refreshing: Promise<void> | undefined;
  #problem = 'no node of the Redis Cluster has answered yet';
  readonly #timer: NodeJS.Timeout;
  readonly #first: Promise<void>;

  constructor(options: ClusterOptions) {
    this.#options = options;
    this.#first = this.refresh().then(async () => {
      await Promise.all([...this.#lanes.values()].map((lane) => lane.firstOutcome));
    });
    this.#timer = setInterval(() => {
      if (this.#isMoved || !this.#isWhole()) void this.refresh();
    }, REFRESH_EVERY_MS);
  }

  laneOf(tag: string): Lane {
    const lane = this.#slots[slotOf(tag)];
    if (lane === undefined) throw this.#away();
    return lane;
  }

  tagOn(lane: Lane, text: string): string {
    for (let i = 0; i < TAG_ATTEMPTS_MAX; i++) {
      const tag = `${text}.${i}`;
      if (this.#slots[slotOf(tag)] === lane) return tag;
    }
    throw this.#away();
  }

  masters(): Lane[] {
    if (this.#isClosed || !this.#isCovered()) throw this.#away();
    return [...this.#lanes.values()];
  }

  firstOutcome(): Promise<void> {
    return this.#first;
  }

  refusal(): string | undefined {
    return [...this.#lanes.values()].find(({ refusal }) => refusal !== undefined)?.refusal;
  }

  async close(): Promise<void> {
    this.#isClosed = true;
    this.#problem = 'state was closed';
    clearInterval(this.#timer);
    this.#slots = [];
    await Promise.all([...this.#lanes.values()].map((lane) => lane.close()));
  }

  /** Asks who serves what, one node after the other until one answers. */
  refresh(): Promise<void> {
    this.#refreshing ??= this.#refresh().finally(() => {
      this.#refreshing = undefined;
    });
    return this.#refreshing;
  }

  async #refresh(): Promise<void> {
    this.#isMoved = false;
    const [seed] = this.#options.seeds;
    const known = [...this.#lanes.values()].map(({ name }) => ({ ...seed, ...addressOf(name) }));
    for (const address of [...known, ...this.#options.seeds]) {
      try {
        const answer = await this.#ask(address);
        if (!this.#isClosed) this.#apply(rangesOf(answer, address.host));
        return;
      } catch (error) {
        const why = error instanceof Error ? error.message : String(error);
        this.#problem = `Redis Cluster: ${address.host}:${address.port} does not say who serves what: ${why}`;
      }
    }
  }

  async #ask(address: Address): Promise<unknown> {
    const { timeoutMs } = this.#options;
    const limits = { connectTimeout: timeoutMs, socketTimeout: timeoutMs, maxRetriesPerRequest: 0 };
    const redis = new Redis({ ...address, ...limits, lazyConnect: true, retryStrategy: () => null });
    let reason: Error | undefined;
    redis.on('error', (error: Error) => {
      reason = error;
    });
    try {
      await redis.connect();
      return await redis.call('CLUSTER', 'SLOTS');
    } catch (error) {
      throw reason ?? error;
    } finally {
      redis.disconnect();
    }
  }

  #apply(ranges: Range[]): void {
    const [seed] = this.#options.seeds;
    const lanes = new Map<string, Lane>();
    const slots: (Lane | undefined)[] = new Array(SLOTS);
    for (const { from, to, host, port } of ranges) {
      const name = `${host}:${port}`;
      const onMoved = () => {
        this.#isMoved = true;
        void this.refresh();
      };
      const lane = lanes.get(name) ?? this.#lanes.get(name) ?? this.#options.lane({ ...seed, host, port }, onMoved);
      lanes.set(name, lane);
      slots.fill(lane, from, to + 1);
    }
    for (const [name, lane] of this.#lanes) {
      if (lanes.has(name)) continue;
      this.#options.log?.info({ master: name }, 'this Redis is no master of the cluster any more');
      void lane.close();
    }
    this.#lanes = lanes;
    this.#slots = slots;
    this.#problem = 'some slots of the Redis Cluster are served by nobody';
  }

  #isCovered(): boolean {
    return this.#slots.length === SLOTS && !this.#slots.includes(undefined);
  }

  #isWhole(): boolean {
    return this.#isCovered() && [...this.#lanes.values()].every(({ isOpen }) => isOpen);
  }

  #away(): ApiError {
    return new ApiError('STATE_UNAVAILABLE', { cause: new Error(this.#problem) });
  }
}

interface Range {
  from: number;
  to: number;
  host: string;
  port: number;
}

/** The answer of CLUSTER SLOTS: ranges, each with its master first. A node that does not know its own host is the one asked. */
function rangesOf(answer: unknown, asked: string): Range[] {
  if (!Array.isArray(answer)) throw new Error('it answers nonsense');
  return answer.map((range: unknown) => {
    const [from, to, master] = Array.isArray(range) ? range : [];
    const [host, port] = Array.isArray(master) ? master : [];
    return { from: Number(from), to: Number(to), host: host ? String(host) : asked, port: Number(port) };
  });
}

function addressOf(name: string): { host: string; port: number } {
  const colon = name.lastIndexOf(':');
  return { host: name.slice(0, colon), port: Number(name.slice(colon + 1)) };
}
