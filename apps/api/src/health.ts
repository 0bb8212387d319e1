// The health of the whole platform in one report: engines, ring and nodes, gateways, lag of the delivery.
import type { Archive } from '@message-push/archive';
import type { Bus } from '@message-push/bus';
import type { Database } from '@message-push/database';
import type { RingDocument, RingNode } from '@message-push/protocol';
import { ENGINES, type EngineHealth, type HealthReport, type NodeHealth } from '@message-push/protocol/admin';
import type { Registry } from '@message-push/registry';
import { buildRing, shares } from '@message-push/ring';
import { md5 } from '@message-push/ring/md5';
import type { Clock } from '@message-push/runtime';
import type { State } from '@message-push/state';
import type { DeadLetterBox } from './dead-letters.ts';
import { gatewaysOf, leadership } from './gateways.ts';
import type { Nodes } from './nodes.ts';
import { unread } from './unread.ts';

export interface HealthDeps {
  bus: Bus;
  state: State;
  archive: Archive;
  database: Database;
  registry: Registry;
  /** What implements each engine, for people. */
  engineKinds: Partial<Record<EngineHealth['name'], string>>;
  clock: Clock;
  nodes: Nodes;
  ring(): RingDocument;
  /** Dead letters without a decision. */
  deadLetters: Pick<DeadLetterBox, 'undecided'>;
  /** Pushes that this api has accepted so far. */
  accepted(): number;
}

/** Two operators who look within this time see the same report. */
const FRESH_MS = 1_000;
const PING_MS = 2_000;
/** Silent for longer than people accept. */
const LATE_MS = 5_000;

interface Sample {
  at: number;
  accepted: number;
  delivered: number;
}

export class Health {
  readonly #deps: HealthDeps;
  #report: Promise<HealthReport> | undefined;
  #reportedAt = Number.NEGATIVE_INFINITY;
  #sample: Sample | undefined;

  constructor(deps: HealthDeps) {
    this.#deps = deps;
  }

  /** Never rejects: what cannot be asked is a problem of the report. */
  report(): Promise<HealthReport> {
    const now = this.#deps.clock.now();
    if (this.#report === undefined || now - this.#reportedAt >= FRESH_MS) {
      this.#reportedAt = now;
      this.#report = this.#make(now);
    }
    return this.#report;
  }

  async #make(at: number): Promise<HealthReport> {
    const ring = this.#deps.ring();
    const [engines, nodes, gateways, delivery] = await Promise.all([
      this.#engines(),
      this.#nodes(ring),
      gatewaysOf(this.#deps.state).catch(() => []),
      this.#delivery(at),
    ]);
    const users_online = sum(nodes.map(({ uids }) => uids));
    const rates = this.#rates(at, sum(nodes.map(({ deliveries_total }) => deliveries_total)));
    const { leader, frozen } = leadership(gateways);
    const facts = {
      ring: { version: ring.version, nodes, ...(leader && { leader }), ...(frozen && { frozen }) },
      gateways: gateways.map(({ id, sessions, linked }) => ({ id, sessions, links: linked.size })),
      engines,
      delivery: { ...delivery, ...rates },
      users_online,
      sessions_off_owner: sum(gateways.map(({ unsettled }) => unsettled)),
    };
    const problems = problemsOf(facts);
    return { at, healthy: problems.length === 0, problems, ...facts };
  }

  #engines(): Promise<EngineHealth[]> {
    return Promise.all(
      ENGINES.map(async (name) => {
        const engine = { name, kind: this.#deps.engineKinds[name] ?? 'embedded' };
        try {
          await within(PING_MS, this.#deps[name].ping());
          return { ...engine, ok: true };
        } catch {
          // Why is in the log of the engine's driver; addresses and causes are not for the page.
          return { ...engine, ok: false, problem: `${name} does not answer` };
        }
      }),
    );
  }

  async #nodes(ring: RingDocument): Promise<NodeHealth[]> {
    // A draining node owns nothing any more.
    const owners = buildRing(
      ring.nodes.filter(({ state }) => state === 'up'),
      md5,
    );
    const owned = new Map(shares(owners).map(({ id, share }) => [id, share]));
    return Promise.all(ring.nodes.map((node) => this.#node(node, owned.get(node.id) ?? 0)));
  }

  async #node(node: RingNode, share: number): Promise<NodeHealth> {
    const { id, incarnation, state } = node;
    const stats = await this.#deps.nodes.stats(node);
    if (stats === undefined)
      return { ...NO_STATS, id, incarnation, state, share, problem: `node ${id} does not answer` };
    return { ...stats, id, state, share };
  }

  async #delivery(now: number): Promise<Pick<HealthReport['delivery'], 'lag' | 'oldest_ms' | 'dead_letters'>> {
    try {
      return await within(PING_MS, this.#lag(now));
    } catch {
      return { lag: 0, oldest_ms: 0, dead_letters: 0 };
    }
  }

  async #lag(now: number) {
    const { bus, deadLetters } = this.#deps;
    // Decisions are in the database: without it the lag is told all the same.
    const undecided = deadLetters.undecided().catch(() => 0);
    const [{ count, ats }, dead_letters] = await Promise.all([unread(bus, 'delivery'), undecided]);
    return {
      lag: count,
      oldest_ms: Math.max(0, now - Math.min(now, ...ats.map((at) => at ?? now))),
      dead_letters,
    };
  }

  /** Since the report before; 0 in the first. */
  #rates(at: number, delivered: number) {
    const sample = { at, accepted: this.#deps.accepted(), delivered };
    const before = this.#sample ?? sample;
    this.#sample = sample;
    const seconds = (at - before.at) / 1_000;
    const rate = (count: number) => (seconds > 0 ? Math.max(0, Math.round((count / seconds) * 10) / 10) : 0);
    return {
      pushes_per_s: rate(sample.accepted - before.accepted),
      deliveries_per_s: rate(sample.delivered - before.delivered),
    };
  }
}

const NO_STATS = {
  sessions: 0,
  uids: 0,
  links: 0,
  ring_version: 0,
  deliveries_total: 0,
  catch_ups_total: 0,
  rss_bytes: 0,
  event_loop_p99_ms: 0,
  uptime_s: 0,
};

/** One sentence each, the worst first. */
function problemsOf({
  engines,
  ring,
  gateways,
  delivery,
}: Pick<HealthReport, 'engines' | 'ring' | 'gateways' | 'delivery'>) {
  const problems = engines.flatMap(({ problem }) => problem ?? []);
  if (ring.nodes.length === 0) problems.push('no node is on the ring');
  problems.push(...ring.nodes.flatMap(({ problem }) => problem ?? []));
  if (gateways.length === 0) problems.push('no gateway has announced itself');
  if (ring.frozen !== undefined) problems.push(`the ring is frozen: ${ring.frozen}`);
  if (delivery.oldest_ms > LATE_MS)
    problems.push(`the oldest push has waited ${Math.round(delivery.oldest_ms / 1_000)} s`);
  if (delivery.dead_letters > 0) problems.push(`${delivery.dead_letters} dead letters wait for a decision`);
  return problems;
}

async function within<T>(ms: number, work: Promise<T>): Promise<T> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<never>((_resolve, reject) => {
    timer = setTimeout(() => reject(new Error(`no answer within ${ms} ms`)), ms);
  });
  try {
    return await Promise.race([work, late]);
  } finally {
    clearTimeout(timer);
  }
}

function sum(numbers: number[]): number {
  return numbers.reduce((total, number) => total + number, 0);
}
