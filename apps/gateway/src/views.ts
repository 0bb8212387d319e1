// What gateways tell each other, through state, of the nodes they do not reach: by these views nodes are convicted.
import type { Clock, Log } from '@message-push/runtime';
import type { State } from '@message-push/state';
import type { GatewayConfig } from './config.ts';

/**
 * What one gateway knows of one node. open: linked; lost: no link, for a moment so far; refused: nobody listens there, or it is going
 * away; silent: no sign of life for `linkSilentMs`.
 */
export interface Opinion {
  link: 'open' | 'lost' | 'refused' | 'silent';
  /** Which life of the node this is about: the one that is linked, or was, or that the ring names. */
  incarnation: string;
  /** The node says on the link that it drains. */
  draining: boolean;
}

/** A gateway's opinions by node id. A node of its ring that is not among them is linked as the ring has it, and up. */
export interface View {
  gateway: string;
  nodes: ReadonlyMap<string, Opinion>;
}

/** Kind of the announcements in state. */
const KIND = 'links';
/** A view counts this many times as long as the pause between two. */
const LIVES = 3;
/** State keeps a view by clocks that may differ from machine to machine; who listens decides by his own whether it is fresh. */
const KEPT_MS = 30_000;
/** How often a change is looked for that no event tells. */
const LOOK_MS = 50;
const LINKS = new Set<unknown>(['open', 'lost', 'refused', 'silent'] satisfies Opinion['link'][]);

export interface ViewsDeps {
  id: string;
  config: Pick<GatewayConfig, 'gatewayViewMs'>;
  clock: Clock;
  log: Log;
  state: Pick<State, 'announce' | 'announced'>;
  /** This gateway's own opinions, as of now. */
  own(): ReadonlyMap<string, Opinion>;
}

/** Promises: the others hear this gateway's view at once when it changes and every `gatewayViewMs`, one message at a time. */
export class Views {
  #deps: ViewsDeps;
  #told = '';
  #toldAt = Number.NEGATIVE_INFINITY;
  #telling: Promise<void> | undefined;
  #timer: NodeJS.Timeout | undefined;
  /** Of this gateway's announcements: who goes on telling lives, also when there is nothing new to tell. */
  #beat = 0;
  /** What others told last, and when it was first heard. */
  #heard = new Map<string, { data: string; at: number }>();

  constructor(deps: ViewsDeps) {
    this.#deps = deps;
  }

  /** How long a gateway's word counts; after this long without contact nobody knows who lives. */
  get lifetimeMs(): number {
    return this.#deps.config.gatewayViewMs * LIVES;
  }

  start(): void {
    this.#timer = setInterval(() => this.look(), Math.min(LOOK_MS, this.#deps.config.gatewayViewMs));
    this.look();
  }

  /** The view may have changed. */
  look(): void {
    if (this.#timer === undefined || this.#telling !== undefined) return;
    const { config, clock, own } = this.#deps;
    const text = encodeOpinions(own());
    const since = clock.now() - this.#toldAt;
    if (text === this.#told && since >= 0 && since < config.gatewayViewMs) return;
    this.#told = text;
    this.#toldAt = clock.now();
    this.#telling = this.#announce(text, KEPT_MS).finally(() => {
      this.#telling = undefined;
    });
  }

  /** This gateway counts no more. */
  async stop(): Promise<void> {
    clearInterval(this.#timer);
    this.#timer = undefined;
    await this.#telling;
    await this.#announce(encodeOpinions(new Map()), 1);
  }

  /** The views of all gateways that live, this one's first and as of now. Rejects when state is away. */
  async all(): Promise<View[]> {
    const { id, state, own } = this.#deps;
    const announced = await state.announced(KIND);
    const others = this.#living(announced.filter((each) => each.id !== id));
    return [
      { gateway: id, nodes: own() },
      ...others.map((each) => ({ gateway: each.id, nodes: decodeOpinions(each.data) })),
    ];
  }

  /** Those who told something within the lifetime; whoever is heard of for the first time has just told it. */
  #living(announced: { id: string; data: string }[]): { id: string; data: string }[] {
    const now = this.#deps.clock.now();
    const before = this.#heard;
    this.#heard = new Map();
    return announced.filter(({ id, data }) => {
      const last = before.get(id);
      // A clock that was set back would make the dead live long.
      const at = last?.data === data && last.at <= now ? last.at : now;
      this.#heard.set(id, { data, at });
      return now - at < this.lifetimeMs;
    });
  }

  async #announce(text: string, ttlMs: number): Promise<void> {
    const { id, state, log } = this.#deps;
    try {
      await state.announce(KIND, id, ttlMs, `{"beat":${++this.#beat},"nodes":${text}}`);
    } catch (cause) {
      // The lease of its word ends: it does not count until state is back.
      log.debug({ err: cause }, 'the other gateways were not told which nodes are reached');
    }
  }
}

function encodeOpinions(nodes: ReadonlyMap<string, Opinion>): string {
  return JSON.stringify(
    [...nodes].map(([id, { link, incarnation, draining }]) => ({ id, link, incarnation, draining })),
  );
}

/** What another gateway, perhaps of another version, has told; what cannot be read is no opinion. */
function decodeOpinions(text: string): Map<string, Opinion> {
  const nodes = new Map<string, Opinion>();
  for (const each of listOf(text)) {
    if (typeof each !== 'object' || each === null) continue;
    const { id, link, incarnation, draining } = each as Record<string, unknown>; // an object that is not null
    if (typeof id !== 'string' || typeof incarnation !== 'string' || !LINKS.has(link)) continue;
    nodes.set(id, { link: link as Opinion['link'], incarnation, draining: draining === true }); // one of LINKS
  }
  return nodes;
}

function listOf(text: string): unknown[] {
  try {
    const value: unknown = JSON.parse(text);
    const nodes = typeof value === 'object' && value !== null && 'nodes' in value ? value.nodes : undefined;
    return Array.isArray(nodes) ? nodes : [];
  } catch {
    return [];
  }
}
