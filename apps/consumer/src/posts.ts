// Posts to nodes: one lane per node incarnation, in order, one batch under way; a silent node delays its own lane only.
import {
  type Bind,
  giveUp,
  judge,
  type Lane,
  type LaneLimits,
  onAnswered,
  onFailed,
  openLane,
  takeBatch,
} from '@message-push/delivery';
import type { InnerMessage, InnerPushRequest, MessageId, RingDocument } from '@message-push/protocol';
import type { Log } from '@message-push/runtime';
import type { Inboxes, StateFollower } from '@message-push/state';
import type { ConsumerConfig } from './config.ts';
import type { Delivery } from './delivery.ts';
import type { ConsumerMetrics } from './metrics.ts';
import { type NodeClient, PostError } from './node-client.ts';
import type { Retry } from './retry.ts';

export interface PostsDeps {
  /** Id of this consumer: part of its lanes' names. */
  id: string;
  nodes: NodeClient;
  ring: Pick<StateFollower, 'ring' | 'refresh'>;
  inboxes: Pick<Inboxes, 'unbind'>;
  /** Its sender took the message back: a post that was not sent yet is not sent. */
  isRecalled(messageId: MessageId): boolean;
  config: ConsumerConfig;
  metrics: ConsumerMetrics;
  retry: Retry;
  log: Log;
}

interface Post {
  delivery: Delivery;
  bytes: number;
}

/** A lane with what its posts need. */
interface NodeLane {
  readonly lane: Lane<Post>;
  /** Newest ring version by which a bind of this incarnation was made. */
  bind: Bind;
  running: boolean;
  /** Ends the post under way. */
  abort: AbortController | undefined;
}

/** What a delivery adds to a post besides its message. */
const DELIVERY_BYTES = 100;

/** Promises: every delivery is answered once: by the node, or because its incarnation is out of the ring or does not exist any more. */
export class Posts {
  #deps: PostsDeps;
  #limits: LaneLimits;
  #lanes = new Map<string, NodeLane>();
  #flushing = false;

  constructor(deps: PostsDeps) {
    this.#deps = deps;
    this.#limits = { batchMax: deps.config.consumerPostEntriesMax, batchBytesMax: deps.config.consumerPostBytesMax };
  }

  /** Puts a delivery on the lane of a bind. It goes after `flush`. */
  add(delivery: Delivery, bind: Bind): void {
    const key = `${bind.node}/${bind.incarnation}`;
    let lane = this.#lanes.get(key);
    if (lane === undefined) {
      lane = { lane: openLane(bind.node, bind.incarnation), bind, running: false, abort: undefined };
      this.#lanes.set(key, lane);
    }
    if (bind.ring_version > lane.bind.ring_version) lane.bind = bind;
    const { waiting } = lane.lane;
    const shared = waiting.at(-1)?.delivery.message === delivery.message;
    waiting.push({ delivery, bytes: shared ? DELIVERY_BYTES : DELIVERY_BYTES + messageBytes(delivery.message) });
  }

  /** Starts what is not under way at the end of this event-loop turn: state answers for many partitions in one. */
  flush(): void {
    if (this.#flushing) return;
    this.#flushing = true;
    setImmediate(() => {
      this.#flushing = false;
      this.#start();
    });
  }

  #start(): void {
    for (const lane of this.#lanes.values()) {
      if (lane.running || lane.lane.waiting.length === 0) continue;
      void this.#run(lane);
    }
  }

  /** A newer ring is known: nobody waits any longer for a node that is out of it. */
  onRing(ring: RingDocument): void {
    for (const { bind, abort } of this.#lanes.values()) if (judge(bind, ring) === 'out') abort?.abort();
  }

  /** Ends in the turn in which nothing waits any more: what is added later finds the lane at rest and starts it. */
  async #run(lane: NodeLane): Promise<void> {
    const { retry } = this.#deps;
    lane.running = true;
    try {
      for (let failures = 0; lane.lane.waiting.length > 0 && !retry.stopped; ) {
        const address = await this.#address(lane);
        if (address === 'out') {
          this.#giveUp(lane, 'out of the ring');
          return;
        }
        const done = address !== undefined && (await this.#post(lane, address, failures));
        if (done) failures = 0;
        else await retry.pause(failures++);
      }
    } finally {
      lane.running = false;
    }
  }

  /** Where the incarnation lives; `out` of the ring; undefined = not known, because the ring could not be read again. */
  async #address({ bind }: NodeLane): Promise<string | 'out' | undefined> {
    const { ring, log } = this.#deps;
    let document = ring.ring();
    if (judge(bind, document) === 'refresh') {
      try {
        document = await ring.refresh();
      } catch (cause) {
        log.debug({ err: cause, node: bind.node }, 'the ring could not be read again');
        return undefined;
      }
    }
    const verdict = judge(bind, document);
    if (verdict === 'refresh') return undefined;
    if (verdict === 'out') return 'out';
    return document.nodes.find(({ id, incarnation }) => id === bind.node && incarnation === bind.incarnation)?.address;
  }

  /** One batch; false = to be tried again after a pause. */
  async #post(lane: NodeLane, address: string, failures: number): Promise<boolean> {
    const { metrics, nodes } = this.#deps;
    if (takeBatch(lane.lane, this.#limits) === undefined) return true;
    const batch = this.#keepSent(lane);
    if (batch.length === 0) return true;
    const stop = metrics.postSeconds.startTimer();
    lane.abort = new AbortController();
    try {
      const outcomes = await nodes.push(address, this.#requestOf(lane, batch), lane.abort.signal);
      stop();
      metrics.posted.inc(batch.length);
      for (const [i, { delivery }] of onAnswered(lane.lane).entries()) delivery.answered((outcomes[i] ?? 0) > 0);
      return true;
    } catch (cause) {
      return this.#failed(lane, cause, failures);
    } finally {
      lane.abort = undefined;
    }
  }

  #failed(lane: NodeLane, cause: unknown, failures: number): boolean {
    const { metrics, log } = this.#deps;
    const kind = cause instanceof PostError ? cause.kind : 'unreachable';
    if (kind === 'gone') {
      this.#giveUp(lane, 'another incarnation');
      return true;
    }
    if (kind === 'refused') {
      // The inbox has the messages: whoever misses one here reads it there.
      log.error({ err: cause, node: lane.bind.node }, 'a node refused a post');
      metrics.refusedPosts.inc();
      for (const { delivery } of onAnswered(lane.lane)) delivery.answered(false);
      return true;
    }
    metrics.postFailures.inc();
    if (failures === 0) log.warn({ err: cause, node: lane.bind.node }, 'a node does not answer; trying again');
    this.#dropOnce(lane);
    onFailed(lane.lane);
    return false;
  }

  /** The batch under way without what was taken back. */
  #keepSent({ lane }: NodeLane): Post[] {
    const posts = lane.inFlight ?? [];
    const { isRecalled } = this.#deps;
    const back = posts.filter(({ delivery }) => isRecalled(delivery.message.message_id));
    if (back.length === 0) return posts;
    const kept = posts.filter((post) => !back.includes(post));
    lane.inFlight = kept.length === 0 ? undefined : kept;
    for (const { delivery } of back) delivery.takenBack();
    return kept;
  }

  /** At most once: whether an online-only message was sent is not known, so it is not sent again. */
  #dropOnce({ lane }: NodeLane): void {
    const posts = lane.inFlight ?? [];
    lane.inFlight = posts.filter(({ delivery }) => delivery.message.online_only !== true);
    for (const { delivery } of posts) if (delivery.message.online_only === true) delivery.answered(false);
  }

  /** The next bind of these receivers reads their inbox. */
  #giveUp(lane: NodeLane, why: string): void {
    const { metrics, log, inboxes } = this.#deps;
    const { node, incarnation } = lane.lane;
    this.#lanes.delete(`${node}/${incarnation}`);
    const posts = giveUp(lane.lane);
    log.info({ node, incarnation, why, deliveries: posts.length }, 'a node incarnation is given up');
    metrics.convicted.inc();
    const records = posts.map(({ delivery: { message, uid } }) => ({ app: message.app, uid, node, incarnation }));
    for (const { delivery } of posts) delivery.answered(false);
    if (records.length === 0) return;
    inboxes.unbind(records).catch((cause: unknown) => {
      // Whoever comes across the record next removes it.
      log.debug({ err: cause }, 'records of a dead node were not removed');
    });
  }

  /** Messages are named once however many receivers they have; receivers of one message come in a row. */
  #requestOf(lane: NodeLane, batch: Post[]): InnerPushRequest {
    const messages: InnerMessage[] = [];
    const deliveries = batch.map(({ delivery: { message, uid, prev, deviceIds } }) => {
      if (messages.at(-1) !== message) messages.push(message);
      const m = messages.length - 1;
      return deviceIds === undefined ? { m, uid, prev } : { m, uid, prev, device_ids: deviceIds };
    });
    const { incarnation } = lane.lane;
    return { v: 1, lane: `${this.#deps.id}/${lane.lane.node}`, incarnation, messages, deliveries };
  }
}

function messageBytes({ message: { title, content, extras } }: InnerMessage): number {
  return content.length + (title?.length ?? 0) + (extras?.length ?? 0) + DELIVERY_BYTES;
}
