// What the nodes know: who is online, with which sessions; and how to close them. Bounded calls over inner HTTP.
import {
  ApiError,
  type InnerDisconnectAnswer,
  type InnerDisconnectRequest,
  innerDisconnectAnswerJson,
  innerDisconnectJson,
  type NodeStats,
  nodeStatsJson,
  type RingDocument,
  type RingNode,
  type SeriesRange,
  type SeriesSamples,
  type SessionInfo,
  seriesJson,
  sessionsJson,
} from '@message-push/protocol';
import { type Clock, counter, type Log, type Metrics } from '@message-push/runtime';
import type { State } from '@message-push/state';
import { Agent, type Dispatcher } from 'undici';
import type { ApiConfig } from './config.ts';

export interface NodesDeps {
  config: ApiConfig;
  clusterSecrets: readonly string[];
  state: Pick<State, 'inboxes' | 'ring' | 'revoke'>;
  clock: Clock;
  /** The ring as last read. */
  ring(): RingDocument;
  log: Log;
  metrics: Metrics;
  id: string;
}

/** A record of a node where a user is bound. */
type Bind = Awaited<ReturnType<State['inboxes']['binds']>>[number][number];

const ANSWER_BYTES_MAX = 4 * 1024 * 1024;
/** A user who moves is followed to so many nodes. */
const ROUNDS_MAX = 8;

export class Nodes {
  readonly #deps: NodesDeps;
  readonly #agent: Agent;
  readonly #failures;

  constructor(deps: NodesDeps) {
    this.#deps = deps;
    const { nodeTimeoutMs, nodeCallsMax } = deps.config;
    this.#agent = new Agent({
      connections: nodeCallsMax,
      connect: { timeout: nodeTimeoutMs },
      headersTimeout: nodeTimeoutMs,
      bodyTimeout: nodeTimeoutMs,
      maxResponseSize: ANSWER_BYTES_MAX,
    });
    this.#failures = counter(deps.metrics, 'mp_api_node_failures_total', 'Calls that a node did not answer.', ['id']);
  }

  /** In the order given. From the inboxes alone, no node is asked. */
  async presence(app: string, uids: string[]): Promise<{ uid: string; online: boolean }[]> {
    const binds = await this.#deps.state.inboxes.binds(uids.map((uid) => ({ app, uid })));
    const ring = await this.#ringFor(binds.flat());
    return uids.map((uid, at) => ({ uid, online: (binds[at] ?? []).some((bind) => lives(bind, ring)) }));
  }

  /** All sessions of a user. Throws NODE_UNAVAILABLE when a node that has some does not answer. */
  async sessions(app: string, uid: string): Promise<SessionInfo[]> {
    const found = new Map<string, SessionInfo>();
    await this.#askEach(app, uid, (node) => this.#sessionsAt(node, app, uid, found));
    return [...found.values()];
  }

  /** The sessions that can be told of; `missing`: a node that has some did not answer. */
  async sessionsFound(app: string, uid: string): Promise<{ sessions: SessionInfo[]; missing: boolean }> {
    const found = new Map<string, SessionInfo>();
    const missing = await this.#askThoseWhoAnswer(app, uid, (node) => this.#sessionsAt(node, app, uid, found));
    return { sessions: [...found.values()], missing };
  }

  /** Ids of the nodes where a user is bound now. */
  async boundAt(app: string, uid: string): Promise<string[]> {
    const [binds = []] = await this.#deps.state.inboxes.binds([{ app, uid }]);
    const ring = await this.#ringFor(binds);
    return [...new Set(binds.filter((bind) => lives(bind, ring)).map(({ node }) => node))];
  }

  /**
   * Closes sessions of a user, also those that no node can tell to: of a node that has just died, between two nodes, behind a dead link.
   * The gateways close those by themselves when they read of it. Answers how many the nodes have told.
   */
  async disconnect(request: InnerDisconnectRequest & { code: number }): Promise<number> {
    const before = this.#deps.clock.now();
    const told = new Told(request);
    // The nodes first: whom a gateway has closed they do not count.
    await this.#askThoseWhoAnswer(request.app, request.uid, (node) => this.#closeAt(node, told));
    await this.#deps.state.revoke({ kind: 'sessions', ...request, before });
    return told.count;
  }

  /** Closes the sessions that nodes have; answers how many. Throws NODE_UNAVAILABLE when a node that has some does not answer. */
  async closeBound(request: InnerDisconnectRequest): Promise<number> {
    const told = new Told(request);
    await this.#askEach(request.app, request.uid, (node) => this.#closeAt(node, told));
    return told.count;
  }

  /** What a node says of itself, undefined when it is silent. */
  async stats(node: RingNode): Promise<NodeStats | undefined> {
    try {
      return nodeStatsJson.decode(await this.#call(node, 'GET', '/v1/inner/stats'));
    } catch {
      return undefined;
    }
  }

  /** What a node has seen of itself, undefined when it is silent (or older than this call). */
  async series(node: RingNode, range: SeriesRange): Promise<SeriesSamples | undefined> {
    try {
      return seriesJson.decode(await this.#call(node, 'GET', `/v1/inner/series?range=${range}`));
    } catch {
      return undefined;
    }
  }

  /** Has a node empty itself, or take sessions again; answers what it says of itself then. Throws NODE_UNAVAILABLE. */
  async drain(node: RingNode, undo: boolean): Promise<NodeStats> {
    const body = Buffer.from(JSON.stringify({ undo }));
    return nodeStatsJson.decode(await this.#call(node, 'POST', '/v1/inner/drain', body));
  }

  async close(): Promise<void> {
    await this.#agent.destroy();
  }

  async #closeAt(node: RingNode, told: Told): Promise<void> {
    told.add(innerDisconnectAnswerJson.decode(await this.#call(node, 'POST', '/v1/inner/disconnect', told.body)));
  }

  /** Adds what a node has; during a move both nodes have a session. */
  async #sessionsAt(node: RingNode, app: string, uid: string, found: Map<string, SessionInfo>): Promise<void> {
    const path = `/v1/inner/sessions?app=${encodeURIComponent(app)}&uid=${encodeURIComponent(uid)}`;
    for (const info of sessionsJson.decode(await this.#call(node, 'GET', path))) found.set(info.session_id, info);
  }

  /**
   * Asks every node where the user is bound. A node that a session moves to records it before the old one lets it go: so whoever has
   * left a node when that is asked is found at another one afterwards.
   */
  async #askEach(app: string, uid: string, ask: (node: RingNode) => Promise<void>): Promise<void> {
    const asked = new Set<string>();
    for (let round = 0; round < ROUNDS_MAX; round++) {
      const places = (await this.#placesOf(app, uid)).filter(({ key }) => !asked.has(key));
      if (places.length === 0) return;
      for (const { key } of places) asked.add(key);
      await Promise.all(places.map(({ node }) => ask(node)));
    }
  }

  /** As `#askEach`; answers whether a node was silent. */
  async #askThoseWhoAnswer(app: string, uid: string, ask: (node: RingNode) => Promise<void>): Promise<boolean> {
    let missing = false;
    const silent = (error: unknown) => {
      if (!(error instanceof ApiError) || error.code !== 'NODE_UNAVAILABLE') throw error;
      missing = true;
    };
    await this.#askEach(app, uid, (node) => ask(node).catch(silent)).catch(silent);
    return missing;
  }

  /** Nodes with sessions of the user; `key` tells the records of a node that it came back to apart. */
  async #placesOf(app: string, uid: string): Promise<{ key: string; node: RingNode }[]> {
    const [binds = []] = await this.#deps.state.inboxes.binds([{ app, uid }]);
    const ring = await this.#ringFor(binds);
    const living = binds.filter((bind) => lives(bind, ring));
    return living.map(({ incarnation, ring_version }) => {
      const node = ring.nodes.find((one) => one.incarnation === incarnation);
      if (node === undefined) throw new ApiError('NODE_UNAVAILABLE');
      return { key: `${incarnation} ${ring_version}`, node };
    });
  }

  /** A ring at least as new as these binds were made by, as far as there is one. */
  async #ringFor(binds: Bind[]): Promise<RingDocument> {
    const ring = this.#deps.ring();
    return binds.some(({ ring_version }) => ring_version > ring.version) ? await this.#deps.state.ring.read() : ring;
  }

  async #call(node: RingNode, method: Dispatcher.HttpMethod, path: string, body?: Uint8Array): Promise<string> {
    const { config, clusterSecrets, log, id } = this.#deps;
    const [secret = ''] = clusterSecrets;
    try {
      const answer = await this.#agent.request({
        origin: `http://${node.address}`,
        path,
        method,
        headers: { authorization: `Bearer ${secret}`, 'content-type': 'application/json' },
        body: body ?? null,
        signal: AbortSignal.timeout(config.nodeTimeoutMs),
      });
      const text = await answer.body.text();
      if (answer.statusCode < 300) return text;
      throw new Error(`${path.split('?', 1)[0]} answered ${answer.statusCode}`);
    } catch (error) {
      this.#failures.inc({ id });
      log.warn({ err: error, node: node.id }, 'a node did not answer');
      throw new ApiError('NODE_UNAVAILABLE', { cause: error });
    }
  }
}

/** Sessions told to close; one that moves is named by both its nodes. */
class Told {
  readonly body: Uint8Array;
  readonly #ids = new Set<string>();
  /** Of older nodes, which name nobody. */
  #unnamed = 0;

  constructor(request: InnerDisconnectRequest) {
    this.body = innerDisconnectJson.encode(request);
  }

  add({ closed, session_ids }: InnerDisconnectAnswer): void {
    for (const id of session_ids ?? []) this.#ids.add(id);
    if (session_ids === undefined) this.#unnamed += closed;
  }

  get count(): number {
    return this.#ids.size + this.#unnamed;
  }
}

/** A record counts unless its incarnation is out of a ring at least as new as the one it was made by. */
function lives(bind: Bind, ring: RingDocument): boolean {
  return bind.ring_version > ring.version || ring.nodes.some(({ incarnation }) => incarnation === bind.incarnation);
}
