// For tests: a consumer on embedded capabilities, and nodes that are real HTTP servers which remember what they were posted.
import { mkdtempSync, rmSync } from 'node:fs';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type Archive, archiveFields, createEmbeddedArchive } from '@message-push/archive';
import { type Bus, createEmbeddedBus } from '@message-push/bus';
import type { InboxLimits } from '@message-push/delivery';
import {
  type EnvelopePush,
  envelopeJson,
  type InnerDelivery,
  type InnerMessage,
  type InnerPushRequest,
  innerPushRequestJson,
  messageIdAt,
  partitionOf,
  type Receipt,
  receiptBatchJson,
  SEQ_ZERO,
} from '@message-push/protocol';
import { type App, type Clock, createLog, loadConfig, Metrics, systemClock } from '@message-push/runtime';
import { createEmbeddedState, type State } from '@message-push/state';
import { buildApp, type ConsumerDeps } from './app.ts';
import { consumerFields } from './config.ts';

const SECRET = 'a cluster secret';
const log = createLog('test', 'silent');
export const PARTITIONS = 2;

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
  archive: Archive;
}

export async function openStores(undo: Undo, inboxLimits: Partial<InboxLimits> = {}): Promise<Stores> {
  const dir = mkdtempSync(join(tmpdir(), 'message-push-consumer-'));
  undo.add(() => rmSync(dir, { recursive: true, force: true }));
  const at = { dir, clock: systemClock, log, metrics: new Metrics() };
  const [bus, state, archive] = await Promise.all([
    createEmbeddedBus({ ...at, partitions: PARTITIONS }),
    createEmbeddedState({ ...at, inboxLimits }),
    createEmbeddedArchive(at),
  ]);
  undo.add(() => Promise.all([bus.close(), state.close(), archive.close()]));
  return { bus, state, archive };
}

export interface TestConsumer {
  app: App;
  address: string;
  metric(name: string): Promise<number>;
}

const QUICK = {
  CONSUMER_COMMIT_MS: '10',
  CONSUMER_RECEIPT_FLUSH_MS: '10',
  CONSUMER_HISTORY_LINGER_MS: '10',
  CONSUMER_RETRY_MIN_MS: '10',
  CONSUMER_RETRY_MAX_MS: '50',
  CONSUMER_POST_TIMEOUT_MS: '3000',
  CONSUMER_STOP_TIMEOUT_MS: '300',
};

let lives = 0;

export async function startConsumer(
  undo: Undo,
  stores: Stores,
  env: Record<string, string> = {},
  clock: Clock = systemClock,
): Promise<TestConsumer> {
  const config = loadConfig({ ...consumerFields, ...archiveFields }, { ...QUICK, ...env });
  const id = `consumer-${++lives}`;
  const metrics = new Metrics();
  const deps: ConsumerDeps = {
    config,
    log,
    metrics,
    clock,
    id,
    incarnation: id,
    clusterSecrets: [SECRET],
    ...stores,
  };
  const app = buildApp(deps);
  const address = await app.listen({ host: '127.0.0.1', port: 0 });
  undo.add(() => app.stop());
  await app.start();
  const metric = async (name: string) =>
    (await metrics.getSingleMetric(`mp_consumer_${name}`)?.get())?.values[0]?.value ?? 0;
  return { app, address, metric };
}

/** A node as a consumer sees it. */
export class StubNode {
  readonly id: string;
  readonly incarnation: string;
  readonly posts: InnerPushRequest[] = [];
  address = '';
  /** What it does with the next posts. */
  mode: 'answer' | 'nobody' | 'silent' | 'gone' | 'broken' | 'refuse' = 'answer';
  #server = createServer(async (request, response) => {
    const chunks: Buffer[] = [];
    for await (const chunk of request as AsyncIterable<Buffer>) chunks.push(chunk);
    if (this.mode === 'silent') return;
    if (request.headers.authorization !== `Bearer ${SECRET}`) return response.writeHead(403).end();
    if (this.mode === 'gone') return response.writeHead(409).end('{}');
    if (this.mode === 'broken') return response.writeHead(500).end('{}');
    if (this.mode === 'refuse') return response.writeHead(400).end('{}');
    const post = innerPushRequestJson.decode(Buffer.concat(chunks));
    this.posts.push(post);
    const outcomes = post.deliveries.map(() => (this.mode === 'nobody' ? 0 : 1));
    return response.writeHead(200).end(JSON.stringify({ outcomes }));
  });

  constructor(id: string) {
    this.id = id;
    this.incarnation = `${id}-life-${++lives}`;
  }

  async listen(undo: Undo): Promise<this> {
    await new Promise<void>((resolve) => this.#server.listen(0, '127.0.0.1', resolve));
    // A TCP server that listens has an address of this form.
    this.address = `127.0.0.1:${(this.#server.address() as AddressInfo).port}`;
    undo.add(() => this.kill());
    return this;
  }

  /** As kill -9 does: connections break, nobody listens any more. */
  kill(): void {
    this.#server.close();
    this.#server.closeAllConnections();
  }

  /** Contents for a uid in the order they came, each time they came. */
  contents(uid: string): string[] {
    return this.deliveries(uid).map(({ message }) => message.message.content);
  }

  deliveries(uid: string): { message: InnerMessage; delivery: InnerDelivery }[] {
    const found: { message: InnerMessage; delivery: InnerDelivery }[] = [];
    for (const { messages, deliveries } of this.posts)
      for (const delivery of deliveries) {
        const message = messages[delivery.m];
        if (delivery.uid === uid && message !== undefined) found.push({ message, delivery });
      }
    return found;
  }

  async bind(state: State, uid: string): Promise<void> {
    const bind = { node: this.id, incarnation: this.incarnation, ring_version: (await state.ring.read()).version };
    const scope = { scope: 'p:h5', platform: 'h5', repeat: false, enqueued: SEQ_ZERO, cursor: SEQ_ZERO, issued_at: 0 };
    await state.inboxes.bind({ app: 'demo', uid }, { bind, ...scope });
  }
}

/** Stores a ring of these nodes. */
export async function setRing(state: State, nodes: StubNode[]): Promise<void> {
  const { version, ...before } = await state.ring.read();
  const named = nodes.map(({ id, incarnation, address }) => ({
    id,
    incarnation,
    address,
    weight: 1,
    state: 'up' as const,
  }));
  await state.ring.write({ ...before, version: version + 1, nodes: named, cause: 'test' }, version);
}

export function pushTo(uids: string[], content: string, more: Partial<EnvelopePush> = {}): EnvelopePush {
  const random = new Uint8Array(10).map(() => Math.floor(Math.random() * 256));
  const message_id = messageIdAt(Date.now(), random);
  const accepted = uids.length;
  return { message_id, app: 'demo', uids, message: { content }, c_time: Date.now(), ttl_s: 60, accepted, ...more };
}

/** Publishes pushes, each as a record of its first receiver's partition; answers them. */
export async function publish(bus: Bus, ...pushes: EnvelopePush[]): Promise<EnvelopePush[]> {
  const records = pushes.map((push) => ({
    partition: partitionOf('demo', push.uids[0] ?? '', PARTITIONS),
    value: envelopeJson.encode({ v: 1, pushes: [push] }),
  }));
  await bus.publish('pushes', records);
  return pushes;
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

/** Records of pushes that the delivery group has not committed. */
export async function uncommitted(bus: Bus): Promise<number> {
  const lag = await bus.lag('delivery', 'pushes');
  return lag.reduce((sum, { committed, end }) => sum + end - committed, 0);
}
