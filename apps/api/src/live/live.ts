// Live updates for the console: sources that run only while somebody listens, one numbered log of events, and the streams that tell them.
import type { ServerResponse } from 'node:http';
import type { Bus } from '@message-push/bus';
import type { Database } from '@message-push/database';
import { ApiError, type RingDocument } from '@message-push/protocol';
import type { HealthReport, RatesEvent } from '@message-push/protocol/admin';
import { type Clock, gauge, type Log, type Metrics } from '@message-push/runtime';
import { type Repeated, repeat } from '../repeat.ts';
import { EventLog, type LiveEvent, type LiveEvents, type Topic } from './event-log.ts';
import { EventStream, type Reader } from './event-stream.ts';
import { SESSION_LOOK_MS, SessionWatch } from './session-watch.ts';
import { BusWatch } from './watch-bus.ts';

export interface LiveDeps {
  config: { streamsMax: number; streamsPerOperatorMax: number };
  bus: Pick<Bus, 'tail'>;
  database: Pick<Database, 'operators' | 'audit'>;
  health: { report(): Promise<HealthReport> };
  /** What the platform does now. */
  rates(): Promise<RatesEvent>;
  clock: Clock;
  log: Log;
  metrics: Metrics;
  id: string;
  incarnation: string;
}

const SECOND_MS = 1_000;
const BEAT_MS = 15_000;
/** Events kept for streams that come back. */
const KEPT_MAX = 1_000;
/** Sources go on for so long after the last stream went, so that one that comes back misses nothing. */
const LINGER_MS = 10_000;
const AUDIT_MAX = 50;

export class Live {
  readonly #deps: LiveDeps;
  readonly #log: EventLog;
  readonly #streams = new Set<EventStream>();
  readonly #watch: BusWatch;
  readonly #sessions: SessionWatch;
  readonly #sources = new Map<Topic, Repeated>();
  readonly #count;
  #timers: Repeated[] = [];
  #lingering: NodeJS.Timeout | undefined;
  #stopped = false;

  constructor(deps: LiveDeps) {
    this.#deps = deps;
    this.#log = new EventLog(deps.incarnation, KEPT_MAX);
    this.#sessions = new SessionWatch(deps.database.operators);
    this.#watch = new BusWatch({
      ...deps,
      onPushes: (data) => this.#tell('pushes', data),
      onReceipts: (data) => this.#tell('receipts', data),
    });
    this.#count = gauge(deps.metrics, 'mp_api_streams', 'Streams of live updates that are open.', ['id']);
  }

  /** A newer ring was read. */
  readonly onRing = ({ version, at, cause }: RingDocument): void => {
    if (this.#sources.has('ring')) this.#tell('ring', { version, at, cause });
  };

  /** Throws RATE_LIMITED or OVERLOADED when there are streams enough. */
  admit(operator: string): void {
    const { streamsMax, streamsPerOperatorMax } = this.#deps.config;
    if (this.#stopped) throw new ApiError('DRAINING');
    if (this.#streams.size >= streamsMax) throw new ApiError('OVERLOADED', { retryAfterS: 5 });
    const own = [...this.#streams].filter(({ reader }) => reader.operator === operator);
    if (own.length < streamsPerOperatorMax) return;
    const params = { what: 'streams of one operator', limit: String(streamsPerOperatorMax) };
    throw new ApiError('RATE_LIMITED', { params, retryAfterS: 5 });
  }

  /** Streams to a response whose head is sent. `lastId`: of the last event that the reader has seen. */
  open(reader: Reader, response: ServerResponse, lastId: string | undefined): void {
    const { clock } = this.#deps;
    const stream = new EventStream(
      reader,
      response,
      () => this.#log.id(),
      () => this.#closed(stream),
    );
    // Before its sources are asked for: what they missed would not be missed.
    const missed = lastId === undefined ? [] : this.#log.after(lastId, globalTopics(reader));
    this.#streams.add(stream);
    this.#changed();
    response.write(`retry: ${2 * SECOND_MS}\n\n`);
    if (missed === undefined) stream.gap(this.#log.id());
    else for (const event of missed) stream.offer(event, this.#log.id(event.n), clock.now());
  }

  stop(): void {
    this.#stopped = true;
    for (const stream of [...this.#streams]) stream.end();
    this.#idle();
  }

  #closed(stream: EventStream): void {
    this.#streams.delete(stream);
    this.#changed();
  }

  /** Starts what is needed now; what is not needed any more ends later. */
  #changed(): void {
    const { log, clock } = this.#deps;
    this.#count.set({ id: this.#deps.id }, this.#streams.size);
    if (this.#streams.size === 0) {
      this.#lingering ??= setTimeout(() => this.#idle(), LINGER_MS);
      return;
    }
    clearTimeout(this.#lingering);
    this.#lingering = undefined;
    const readers = [...this.#streams].map(({ reader }) => reader);
    const topics = new Set(readers.flatMap((reader) => [...reader.topics]));
    for (const topic of topics) if (!this.#sources.has(topic)) this.#start(topic);
    const messages = readers.flatMap(({ message }) => (message === undefined ? [] : [message]));
    this.#watch.need(messages, this.#sources.has('pushes'));
    if (this.#timers.length > 0) return;
    const look = () => this.#sessions.look([...this.#streams], clock.now());
    const beat = async () => {
      for (const stream of this.#streams) stream.beat(clock.now());
    };
    this.#timers = [
      repeat('looking at the sessions of streams', SESSION_LOOK_MS, log, look),
      repeat('keeping streams alive', BEAT_MS, log, beat),
    ];
  }

  #idle(): void {
    clearTimeout(this.#lingering);
    this.#lingering = undefined;
    for (const one of [...this.#timers, ...this.#sources.values()]) one.stop();
    this.#timers = [];
    this.#sources.clear();
    this.#watch.stop();
  }

  #start(topic: Topic): void {
    const { log } = this.#deps;
    const work = this.#works()[topic];
    const source = work === undefined ? NOTHING : repeat(`telling of ${topic}`, SECOND_MS, log, work);
    this.#sources.set(topic, source);
    this.#log.started(topic);
  }

  /** What is done once a second for a topic; the others are told when something happens. */
  #works(): Partial<Record<Topic, () => Promise<void>>> {
    const { health, rates } = this.#deps;
    let shown: string | undefined;
    let newest: string | undefined;
    return {
      health: async () => {
        const report = await health.report();
        const now = standing(report);
        if (now !== shown) this.#tell('health', report);
        shown = now;
      },
      rates: async () => this.#tell('rates', await rates()),
      audit: async () => {
        newest = await this.#tellAudit(newest);
      },
    };
  }

  /** Tells what was done since; answers the newest deed. */
  async #tellAudit(since: string | undefined): Promise<string> {
    const { items } = await this.#deps.database.audit.list({ limit: AUDIT_MAX });
    const from = since === undefined ? 0 : items.findIndex(({ id }) => id === since);
    // More than one page since then: the page shows the list anew anyway.
    for (const { actor, action, target, at } of items.slice(0, from < 0 ? items.length : from).reverse())
      this.#tell('audit', { actor, action, target, at: at.getTime() });
    return items[0]?.id ?? '';
  }

  #tell<T extends Topic>(topic: T, data: LiveEvents[T]): void {
    const event: LiveEvent = this.#log.add(topic, data);
    const id = this.#log.id(event.n);
    const now = this.#deps.clock.now();
    for (const stream of this.#streams) stream.offer(event, id, now);
  }
}

/** A source that tells by itself. */
const NOTHING: Repeated = { stop: () => {} };

/** Receipts are told anew to whoever watches a message: what the bus still has of it comes first. */
function globalTopics({ topics }: Reader): ReadonlySet<Topic> {
  return new Set([...topics].filter((topic) => topic !== 'receipts'));
}

/** What of a report makes another one worth telling: not its time, nor the figures that change with every breath. */
function standing({ problems, ring, gateways, engines, delivery, ...report }: HealthReport): string {
  const nodes = ring.nodes.map(({ id, incarnation, state, sessions, uids, links, problem }) => [
    ...[id, incarnation, state, sessions, uids, links, problem],
  ]);
  const { lag, dead_letters } = delivery;
  const { version, leader, frozen } = ring;
  const { users_online, sessions_off_owner } = report;
  const parts = [problems, version, leader, frozen, nodes, gateways, engines, lag, dead_letters];
  return JSON.stringify([...parts, users_online, sessions_off_owner]);
}
