// For tests: a node on embedded capabilities with real HTTP, and a gateway that speaks the link as the real one does.
import { randomBytes } from 'node:crypto';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type Bus, createEmbeddedBus } from '@message-push/bus';
import {
  ApiError,
  formatSeq,
  type InnerDelivery,
  type InnerMessage,
  type InnerPushRequest,
  innerPushAnswerJson,
  innerPushRequestJson,
  messageIdAt,
  type Receipt,
  type RingNode,
  receiptBatchJson,
} from '@message-push/protocol';
import { createEmbeddedRegistry, type Registry } from '@message-push/registry';
import { type App, createLog, loadConfig, Metrics, systemClock } from '@message-push/runtime';
import { createEmbeddedState, type State } from '@message-push/state';
import { buildApp } from './app.ts';
import { nodeFields } from './config.ts';

export const SECRET = 'a cluster secret';
const log = createLog('test', 'silent');

/** What a test must undo, last first; steps may answer promises. */
export class Undo {
  #steps: (() => unknown)[] = [];
  add(step: () => unknown): void {
    this.#steps.push(step);
  }
  async run(): Promise<void> {
    for (const step of this.#steps.splice(0).reverse()) await step();
  }
}

export interface Stores {
  bus: Bus;
  state: State;
  registry: Registry;
}

export async function openStores(undo: Undo): Promise<Stores> {
  const dir = mkdtempSync(join(tmpdir(), 'message-push-node-'));
  undo.add(() => rmSync(dir, { recursive: true, force: true }));
  const at = { dir, clock: systemClock, metrics: new Metrics() };
  const [bus, state] = await Promise.all([createEmbeddedBus({ ...at, partitions: 2 }), createEmbeddedState(at)]);
  undo.add(() => Promise.all([bus.close(), state.close()]));
  return { bus, state, registry: createEmbeddedRegistry() };
}

export interface TestNode {
  app: App;
  address: string;
  incarnation: string;
  /** By which it was named first. */
  ringVersion: number;
  metrics: Metrics;
  post(request: Pick<InnerPushRequest, 'messages' | 'deliveries'>): Promise<number[]>;
  call(method: string, path: string, body?: unknown): Promise<{ status: number; body: unknown }>;
}

let lives = 0;

/** A started node that the ring names. */
export async function startNode(
  undo: Undo,
  stores: Stores,
  id: string,
  env: Record<string, string> = {},
  state: State = stores.state,
): Promise<TestNode> {
  const config = loadConfig(nodeFields, { NODE_CURSOR_FLUSH_MS: '20', NODE_RECEIPT_FLUSH_MS: '20', ...env });
  const incarnation = `life-${++lives}`;
  const metrics = new Metrics();
  const deps = { config, log, metrics, clock: systemClock, id, incarnation, clusterSecrets: [SECRET] };
  const app = buildApp({ ...deps, ...stores, state });
  const address = await app.listen({ host: '127.0.0.1', port: 0 });
  undo.add(() => app.stop());
  await app.start();
  const ringVersion = await addToRing(stores.state, { id, incarnation, address, weight: 1, state: 'up' });
  const call = async (method: string, path: string, body?: unknown) => {
    const headers = { authorization: `Bearer ${SECRET}`, 'content-type': 'application/json' };
    const init = body === undefined ? { method, headers } : { method, headers, body: JSON.stringify(body) };
    const answer = await fetch(`http://${address}${path}`, init);
    return { status: answer.status, body: await answer.json() };
  };
  const post: TestNode['post'] = async ({ messages, deliveries }) => {
    const body = innerPushRequestJson.encode({ v: 1, lane: 'test', incarnation, messages, deliveries });
    const headers = { authorization: `Bearer ${SECRET}` };
    const answer = await fetch(`http://${address}/v1/inner/push`, { method: 'POST', headers, body });
    if (answer.status !== 200) throw new Error(`${answer.status}: ${await answer.text()}`);
    return innerPushAnswerJson.decode(await answer.text()).outcomes;
  };
  return { app, address, incarnation, ringVersion, metrics, post, call };
}

/** Answers the version of the ring that names it. */
async function addToRing(state: State, node: RingNode): Promise<number> {
  const before = await state.ring.read();
  const nodes = [...before.nodes.filter(({ id }) => id !== node.id), node];
  await state.ring.write({ ...before, version: before.version + 1, nodes, cause: 'test' }, before.version);
  return before.version + 1;
}

export async function dropFromRing(state: State, id: string): Promise<void> {
  const before = await state.ring.read();
  const nodes = before.nodes.filter((node) => node.id !== id);
  await state.ring.write({ ...before, version: before.version + 1, nodes, cause: 'test' }, before.version);
}

/** All receipts on the bus so far. */
export async function receiptsOn(bus: Bus): Promise<Receipt[]> {
  const { ends } = await bus.describe('receipts');
  const receipts: Receipt[] = [];
  for (const [partition, end] of ends.entries())
    for (let offset = 0; offset < end; offset++) {
      const record = await bus.read('receipts', partition, offset);
      if (record !== undefined) receipts.push(...receiptBatchJson.decode(record.value).receipts);
    }
  return receipts;
}

export interface Made {
  message: InnerMessage;
  delivery: InnerDelivery;
  binds: number;
}

interface Wanted {
  platforms?: string[];
  device_ids?: string[];
  expires_at?: number;
  content?: string;
}

let makers = 0;

/** Appends messages as a consumer does and answers what it would post. Offsets count up within one maker. */
export class Maker {
  #state: State;
  #offset = 0;
  #epoch = ++makers;

  constructor(state: State) {
    this.#state = state;
  }

  /** A message that is in no inbox. */
  message(wanted: Wanted = {}): InnerMessage {
    const offset = ++this.#offset;
    const { content = `m${offset}`, platforms, expires_at = Date.now() + 60_000 } = wanted;
    const message_id = messageIdAt(Date.now(), randomBytes(10));
    const seq = formatSeq({ generation: this.#epoch, offset, index: 0 });
    const message: InnerMessage = {
      message_id,
      app: 'demo',
      seq,
      expires_at,
      c_time: Date.now(),
      message: { content },
    };
    return platforms === undefined ? message : { ...message, platforms };
  }

  async make(uid: string, wanted: Wanted = {}): Promise<Made> {
    const message = this.message(wanted);
    const { app: _app, ...entry } = message;
    const { device_ids } = wanted;
    const named = device_ids === undefined ? {} : { device_ids };
    const [result] = await this.#state.inboxes.append([{ app: 'demo', uid, entry: { ...entry, ...named } }]);
    if (result === undefined) throw new Error('not appended');
    return { message, delivery: { m: 0, uid, prev: result.prev, ...named }, binds: result.binds.length };
  }
}

/** Puts what was made into one post. */
export function postOf(...made: Made[]): Pick<InnerPushRequest, 'messages' | 'deliveries'> {
  return {
    messages: made.map(({ message }) => message),
    deliveries: made.map(({ delivery }, m) => ({ ...delivery, m })),
  };
}

/** State behind a switch: while it is away calls reject, and when it is back it is a new connection. */
export function switchable(state: State): State & { away: boolean } {
  const guard = <A extends unknown[], R>(call: (...args: A) => Promise<R>) => {
    return (...args: A): Promise<R> => (shown.away ? Promise.reject(new ApiError('STATE_UNAVAILABLE')) : call(...args));
  };
  let away = false;
  let connection = 1;
  const { inboxes } = state;
  const shown = {
    ...state,
    inboxes: {
      append: guard(inboxes.append),
      binds: guard(inboxes.binds),
      bind: guard(inboxes.bind),
      pull: guard(inboxes.pull),
      advance: guard(inboxes.advance),
      unbind: guard(inboxes.unbind),
      revokeBefore: guard(inboxes.revokeBefore),
      recall: guard(inboxes.recall),
      erase: guard(inboxes.erase),
    },
    versions: guard(state.versions),
    connection: () => connection,
    get away() {
      return away;
    },
    set away(to: boolean) {
      if (away && !to) connection++;
      away = to;
    },
  };
  return shown;
}
