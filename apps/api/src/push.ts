// Accepts one push: limits, devices, Idempotency-Key, partitions, and the answer only after the bus has stored every part.
import {
  ApiError,
  type EnvelopePush,
  type ErrorCode,
  type MessageBody,
  type MessageId,
  messageIdAt,
  messageIdTime,
  type PushRequest,
  partitionOf,
} from '@message-push/protocol';
import { type Clock, type Metrics, tally } from '@message-push/runtime';
import type { State } from '@message-push/state';
import { success } from './answers.ts';
import type { Budgets } from './budgets.ts';
import type { ApiConfig } from './config.ts';
import type { Caller } from './credentials.ts';
import type { Published } from './first-attempt.ts';
import { endClaim, fingerprintOf, type Idempotency, type OpenClaim } from './idempotency.ts';
import type { Fate, Publisher, PublishOrder } from './publish.ts';

export interface PushDeps {
  config: ApiConfig;
  state: Pick<State, 'resolveDevices'>;
  clock: Clock;
  random(size: number): Uint8Array;
  metrics: Metrics;
  id: string;
  budgets: Budgets;
  publisher: Publisher;
  idempotency: Idempotency;
  /** Partitions of the log, undefined until it is open. */
  partitions(): number | undefined;
}

/** What a sender is told. */
export interface Accepted {
  message_id: MessageId;
  /** Distinct receivers. */
  accepted: number;
  unknown_devices: string[];
}

/** The audience of a push: who gets it, and for those named by devices alone, on which. */
export interface Audience {
  /** Distinct uids. */
  uids: string[];
  /** Of each uid, in the same order: its 32-bit hash, which is its partition modulo the number of partitions. */
  hashes: number[];
  /** uid → device ids. */
  devices: Map<string, string[]>;
  unknown: string[];
}

export interface PushContext {
  key?: string | undefined;
  /** W3C trace context as it came in. */
  traceparent?: string | undefined;
}

/** A status and a body that are ready to be sent. */
export interface PushAnswer {
  status: number;
  body: string;
}

const HASHES = 2 ** 32;
/** Receivers of one part; a reader of the bus takes no more. */
const PART_UIDS_MAX = 1_000;
const RANDOM_POOL_BYTES = 8_192;
const TRACEPARENT = /^00-(?!0{32})([0-9a-f]{32})-(?!0{16})[0-9a-f]{16}-([0-9a-f]{2})$/;

export class Pushes {
  readonly #deps: PushDeps;
  #pool: Uint8Array = new Uint8Array(0);
  #poolAt = 0;
  #count = 0;
  readonly #accepted;
  readonly #deliveries;

  constructor(deps: PushDeps) {
    this.#deps = deps;
    this.#accepted = tally(deps.metrics, 'mp_api_pushes_accepted_total', 'Pushes stored on the bus.', { id: deps.id });
    this.#deliveries = tally(deps.metrics, 'mp_api_receivers_accepted_total', 'Receivers of stored pushes.', {
      id: deps.id,
    });
  }

  /** Pushes accepted by this process so far. */
  readonly count = () => this.#count;

  /** Publishes, or answers what the key was answered before. The body is that of the whole answer. */
  async push(caller: Caller, request: PushRequest, context: PushContext): Promise<PushAnswer> {
    const messageId = messageIdAt(this.#deps.clock.now(), this.#random(10));
    if (context.key === undefined) {
      const audience = await this.resolve(caller.app.id, request);
      return await this.#publish(caller, request, audience, { messageId, again: false, ...context });
    }
    const fingerprint = fingerprintOf(request);
    const claim = await this.#deps.idempotency.claim(caller.app.id, context.key, fingerprint, messageId);
    if (claim.kind === 'answered') return claim;
    return await this.#pushClaimed(caller, request, context, claim);
  }

  /** Who is meant. Asks state only when devices are named. */
  async resolve(app: string, { uids, device_ids }: PushRequest): Promise<Audience> {
    const audience: Audience = { uids, hashes: [], devices: new Map(), unknown: [] };
    if (device_ids.length > 0) await this.#resolveDevices(app, device_ids, audience);
    audience.hashes = audience.uids.map((uid) => partitionOf(app, uid, HASHES));
    return audience;
  }

  async #resolveDevices(app: string, device_ids: string[], audience: Audience): Promise<void> {
    const { uids } = audience;
    const owners = await this.#deps.state.resolveDevices(app, device_ids);
    const everywhere = new Set(uids);
    for (const [at, device] of device_ids.entries()) {
      const uid = owners[at];
      if (uid === undefined) audience.unknown.push(device);
      else if (!everywhere.has(uid)) audience.devices.set(uid, [...(audience.devices.get(uid) ?? []), device]);
    }
    audience.uids = [...uids, ...audience.devices.keys()];
  }

  async #pushClaimed(
    caller: Caller,
    request: PushRequest,
    { traceparent }: PushContext,
    { message_id, before, claim }: { message_id: MessageId; before?: Published; claim: OpenClaim },
  ): Promise<PushAnswer> {
    const again = before !== undefined;
    let end: Promise<void> | undefined;
    const endAs = (fate: Fate, body: string) => {
      end ??= endClaim(claim, fate, body);
    };
    try {
      const audience = await this.resolve(caller.app.id, request);
      const body = answerText(message_id, audience);
      const onFate = (fate: Fate) => endAs(fate, body);
      const facts = { messageId: message_id, again, traceparent, onFate, accepted: audience.uids.length };
      await this.#publish(caller, request, again ? without(audience, before) : audience, facts);
      await end;
      return { status: 200, body };
    } catch (error) {
      // The fate of a publish that is still under way is told later.
      if (!isApiError(error, 'PUBLISH_UNKNOWN')) endAs('not stored', '');
      await end;
      if (!again || !isApiError(error, 'BUS_UNAVAILABLE')) throw error;
      throw new ApiError('PUBLISH_UNKNOWN', { params: { message_id }, cause: error });
    }
  }

  async #publish(caller: Caller, request: PushRequest, audience: Audience, facts: OrderFacts): Promise<PushAnswer> {
    const taken = this.#takeBudgets(caller, audience);
    if (taken !== undefined) await taken;
    await this.#store(this.#order(caller, request, audience, facts), audience);
    return { status: 200, body: answerText(facts.messageId, audience) };
  }

  async #store(order: PublishOrder, audience: Audience): Promise<void> {
    // Nobody to send it to: nothing to store.
    if (order.parts.length === 0) order.onFate?.('stored');
    else await this.#deps.publisher.publish(order);
    this.#count++;
    this.#accepted.inc();
    this.#deliveries.inc(audience.uids.length);
  }

  #takeBudgets(caller: Caller, { uids, hashes }: Audience): Promise<unknown> | undefined {
    const { budgets, config } = this.#deps;
    const { id, settings } = caller.app;
    const perSecond = Math.min(settings.deliveries_per_second, config.appDeliveriesPerSecondMax);
    const waits: Promise<void>[] = [];
    const taken = uids.length === 0 ? undefined : budgets.takeApp(id, 'deliveries a second', uids.length, perSecond);
    if (taken !== undefined) waits.push(taken);
    for (const [at, uid] of uids.entries()) {
      const wait = budgets.takeUid(id, uid, hashes[at] ?? 0);
      if (wait !== undefined) waits.push(wait);
    }
    return waits.length === 0 ? undefined : Promise.all(waits);
  }

  #order(caller: Caller, request: PushRequest, audience: Audience, facts: OrderFacts): PublishOrder {
    const partitions = this.#deps.partitions();
    if (partitions === undefined) throw new ApiError('BUS_UNAVAILABLE');
    const app = caller.app.id;
    const push: EnvelopePush = {
      message_id: facts.messageId,
      app,
      uids: audience.uids,
      message: request.message,
      c_time: messageIdTime(facts.messageId),
      ttl_s: request.ttl_s ?? Math.min(caller.app.settings.default_ttl_s, this.#deps.config.ttlMaxS),
      accepted: facts.accepted ?? audience.uids.length,
      traceparent: this.#trace(facts.traceparent),
    };
    if (request.platforms !== undefined) push.platforms = request.platforms;
    if (facts.again) push.again = true;
    const bytes = sizeOf(request.message);
    const order: PublishOrder = { message_id: facts.messageId, parts: split(push, audience, partitions), bytes: 0 };
    for (const part of order.parts) order.bytes += bytes + part.push.uids.length * 32;
    if (facts.onFate !== undefined) order.onFate = facts.onFate;
    return order;
  }

  /** The caller's trace with a span of ours, or a new trace. */
  #trace(traceparent: string | undefined): string {
    const [, trace, flags] = (traceparent === undefined ? null : TRACEPARENT.exec(traceparent)) ?? [];
    const fresh = trace === undefined ? hex(this.#random(16)) : trace;
    return `00-${fresh}-${hex(this.#random(8))}-${flags ?? '01'}`;
  }

  /** Random bytes from a pool: a call of the system for each push would cost more than the push. */
  #random(size: number): Uint8Array {
    if (this.#poolAt + size > this.#pool.length) {
      this.#pool = this.#deps.random(RANDOM_POOL_BYTES);
      this.#poolAt = 0;
    }
    this.#poolAt += size;
    return this.#pool.subarray(this.#poolAt - size, this.#poolAt);
  }
}

interface OrderFacts {
  messageId: MessageId;
  again: boolean;
  traceparent?: string | undefined;
  onFate?: (fate: Fate) => void;
  /** Receivers of the whole push, when this is the rest of one. */
  accepted?: number;
}

/** Who is still to get a push; nobody when all have it. */
function without(audience: Audience, published: Published): Audience {
  const missing = [...audience.uids.keys()].filter(
    (at) => published !== 'all' && !published.has(audience.uids[at] ?? ''),
  );
  return {
    ...audience,
    uids: missing.map((at) => audience.uids[at] ?? ''),
    hashes: missing.map((at) => audience.hashes[at] ?? 0),
  };
}

/** The parts of a push: its receivers by partition, in the order given. Most pushes have one receiver. */
function split(push: EnvelopePush, { uids, hashes, devices }: Audience, partitions: number): PublishOrder['parts'] {
  const [only] = hashes;
  if (only !== undefined && hashes.length === 1 && devices.size === 0) return [{ partition: only % partitions, push }];
  const byPartition = new Map<number, string[]>();
  for (const [at, uid] of uids.entries()) {
    const partition = (hashes[at] ?? 0) % partitions;
    const receivers = byPartition.get(partition);
    if (receivers === undefined) byPartition.set(partition, [uid]);
    else receivers.push(uid);
  }
  const parts: PublishOrder['parts'] = [];
  for (const [partition, receivers] of byPartition) {
    for (let from = 0; from < receivers.length; from += PART_UIDS_MAX) {
      const some = receivers.slice(from, from + PART_UIDS_MAX);
      parts.push({ partition, push: { ...push, uids: some, ...devicesFor(some, devices) } });
    }
  }
  return parts;
}

function devicesFor(uids: string[], devices: Map<string, string[]>): { devices?: Record<string, string[]> } {
  if (devices.size === 0) return {};
  const rows = uids.flatMap((uid) => {
    const ids = devices.get(uid);
    return ids === undefined ? [] : [[uid, ids] as const];
  });
  // fromEntries makes own fields also of names like __proto__.
  return rows.length === 0 ? {} : { devices: Object.fromEntries(rows) };
}

function answerText(message_id: MessageId, { uids, unknown }: Audience): string {
  const accepted: Accepted = { message_id, accepted: uids.length, unknown_devices: unknown };
  return JSON.stringify(success(accepted));
}

function isApiError(error: unknown, code: ErrorCode): boolean {
  return error instanceof ApiError && error.code === code;
}

/** Bytes of a part apart from its receivers, estimated. */
function sizeOf({ title, content, content_type, extras }: MessageBody): number {
  const rest = (title?.length ?? 0) + (content_type?.length ?? 0) + (extras?.length ?? 0);
  return 300 + Buffer.byteLength(content) + 3 * rest;
}

function hex(bytes: Uint8Array): string {
  return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString('hex');
}
