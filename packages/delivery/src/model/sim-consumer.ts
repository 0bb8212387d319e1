// A consumer of the model: reads partitions ahead, appends in any order but per receiver, posts in lanes, commits late. A zombie goes
// on until it is told. Longer than 300 lines, because the order of its steps matters and is best read in one place.
import type { RingDocument } from '@message-push/protocol';
import { giveUp, judge, type Lane, onAnswered, onFailed, openLane, takeBatch } from '../lanes.ts';
import {
  committable,
  isFresh,
  isFull,
  type Mark,
  mustRewind,
  type OffsetLimits,
  type Offsets,
  onApplied,
  onCommitted,
  onRead,
  onSettled,
  onStarted,
  onStateAnswer,
  openOffsets,
  roomFor,
} from '../offsets.ts';
import type { AppendResult, Bind } from '../types.ts';
import type { Published } from './push.ts';
import { Violation } from './sim.ts';
import type { Post } from './sim-node.ts';
import { Stateful } from './sim-state.ts';
import { seqAt, type World } from './world.ts';

interface Share {
  partition: number;
  offsets: Offsets;
  next: number;
  busy: boolean;
  asking: boolean;
  /** Read and not started, in order per receiver: those of others may overtake. */
  waiting: Map<string, Read[]>;
}

interface Task {
  bytes: number;
  post: Post;
  bind: Bind;
  share: Share;
  mark: Mark;
}

interface Read {
  published: Published;
  offset: number;
  index: number;
  record: Record;
  fresh: boolean;
}

interface Record {
  mark: Mark;
  /** Entries that are not routed. */
  open: number;
}

const LANES = { batchMax: 3, batchBytesMax: 5000 };
/** What one reading may bring above the limit. */
const READ_BYTES_MAX = 3 * 2 * 1700;

export class SimConsumer extends Stateful {
  readonly world: World;
  ring: RingDocument;
  readonly limits: OffsetLimits;
  private readonly shares = new Map<number, Share>();
  private readonly lanes = new Map<string, Lane<Task>>();

  constructor(world: World, name: string) {
    super(world.sim, `${name}/${world.incarnation()}`, world.state);
    this.world = world;
    this.ring = world.ring;
    this.limits = { unsettledMax: 6, bytesMax: 8000, marksMax: 60, lossWindowMs: world.scale.lossWindowMs };
  }

  learnRing(ring: RingDocument): void {
    if (ring.version <= this.ring.version) return;
    this.ring = ring;
    for (const lane of this.lanes.values()) this.judgeLane(lane);
  }

  assign(partition: number): void {
    const committed = this.world.committed[partition] ?? 0;
    this.sim.note(() => `${this.name} gets partition ${partition} from ${committed}`);
    this.shares.set(partition, {
      partition,
      offsets: openOffsets(committed, this.connection),
      next: committed,
      busy: false,
      asking: false,
      waiting: new Map(),
    });
    this.wake();
  }

  /** It learns that another member has the partition; by then it may have got it back. */
  revoke(partition: number): void {
    if (this.world.assigned[partition] !== this) this.shares.delete(partition);
  }

  /** Something may be there to read. */
  wake(): void {
    for (const share of this.shares.values()) this.soon(() => this.read(share));
  }

  override onReconnect(): void {
    this.wake();
  }

  private isCurrent(share: Share): boolean {
    return this.shares.get(share.partition) === share;
  }

  private read(share: Share): void {
    if (!this.isCurrent(share)) return;
    this.follow(share);
    const log = this.world.logs[share.partition] ?? [];
    const end = isFull(share.offsets, this.limits) ? 0 : Math.min(log.length, share.next + 1 + this.sim.random.int(3));
    for (; share.next < end; share.next++) this.take(share, share.next, log);
    const { bytes, marks } = share.offsets;
    if (bytes > this.limits.bytesMax + READ_BYTES_MAX) throw new Violation('bounded', `${bytes} bytes of ${this.name}`);
    if (marks.length > this.limits.marksMax + 3)
      throw new Violation('bounded', `${marks.length} marks of ${this.name}`);
    this.start(share);
  }

  private take(share: Share, offset: number, log: Published[][]): void {
    const pushes = log[offset] ?? [];
    const mark = onRead(
      share.offsets,
      offset,
      pushes.reduce((sum, { push }) => sum + push.bytes, 0),
    );
    const fresh = isFresh(share.offsets, offset, log.length);
    const record = { mark, open: pushes.length };
    for (const [index, published] of pushes.entries()) {
      const { uid } = published.push;
      const queue = share.waiting.get(uid) ?? [];
      queue.push({ published, offset, index, record, fresh });
      share.waiting.set(uid, queue);
    }
  }

  /** Starts some of what waits, of any receivers, each in order; one call at a time. */
  private start(share: Share): void {
    if (share.busy) return;
    const reads: Read[] = [];
    const most = Math.min(roomFor(share.offsets, this.limits), 1 + this.sim.random.int(5));
    while (reads.length < most) {
      const queue = this.sim.random.pick([...share.waiting.values()].filter((one) => one.length > 0));
      const read = queue?.shift();
      if (read === undefined) break;
      onStarted(share.offsets, read.record.mark, 1);
      reads.push(read);
    }
    if (reads.length === 0) return;
    // An entry for two nodes counts twice once it is routed, but starts as one.
    const { unsettled } = share.offsets;
    if (unsettled > this.limits.unsettledMax)
      throw new Violation('bounded', `${unsettled} entries of ${this.name} unsettled`);
    share.busy = true;
    this.append(share, reads);
  }

  /** True when the connection to state is new: what was read is read again. */
  private follow(share: Share): boolean {
    if (!mustRewind(share.offsets, this.connection)) return false;
    share.next = share.offsets.committed;
    share.waiting.clear();
    return true;
  }

  /** One call at a time per partition; what failed comes again first, on a new connection from the committed offset. */
  private append(share: Share, reads: Read[]): void {
    if (!this.isCurrent(share)) return;
    if (!this.connected) {
      this.after(50, () => this.append(share, reads));
      return;
    }
    if (this.follow(share) || !isHeld(share, reads)) {
      share.busy = false;
      this.read(share);
      return;
    }
    const { connection } = this;
    const sentAt = this.sim.now;
    this.call(
      () => reads.map((read) => this.store(read)),
      (answers) => {
        if (answers === undefined) {
          this.after(30, () => this.append(share, reads));
          return;
        }
        onStateAnswer(share.offsets, connection, sentAt, this.limits);
        share.busy = false;
        reads.forEach((read, i) => {
          read.record.open -= 1;
          if (read.record.open === 0) onApplied(share.offsets, read.record.mark, this.sim.now);
          this.route(share, read, answers[i]);
        });
        this.after(this.sim.random.int(80), () => this.commit(share));
        this.soon(() => this.read(share));
      },
    );
  }

  /** Online-only messages are never in an inbox: only the binds are read. */
  private store({ published, offset, index, fresh }: Read): AppendResult {
    const { push, again } = published;
    if (push.onlineOnly) {
      const binds = fresh && !again ? this.state.inbox(push.uid).binds.map((bind) => ({ ...bind })) : [];
      return { outcome: 'new', prev: '', binds, evicted: [] };
    }
    return this.state.append(push.uid, {
      seq: seqAt(offset, index),
      message_id: push.id,
      bytes: push.bytes,
      expires_at: push.expires,
      ...(push.platforms === undefined ? {} : { platforms: push.platforms }),
      ...(push.device_ids === undefined ? {} : { device_ids: push.device_ids }),
      ...(again ? { again } : {}),
    });
  }

  private route(share: Share, read: Read, answer: AppendResult | undefined): void {
    const { published, offset, index, record } = read;
    const { mark } = record;
    if (answer === undefined || !(answer.outcome === 'new' || answer.outcome === 'held') || answer.binds.length === 0) {
      onSettled(share.offsets, mark);
      return;
    }
    const { push } = published;
    const post: Post = {
      id: push.id,
      uid: push.uid,
      seq: seqAt(offset, index),
      prev: answer.prev,
      bytes: push.bytes,
      expires: push.expires,
      created: push.created,
      onlineOnly: push.onlineOnly,
      ...(push.platforms === undefined ? {} : { platforms: push.platforms }),
      ...(push.device_ids === undefined ? {} : { device_ids: push.device_ids }),
    };
    onSettled(share.offsets, mark, 1 - answer.binds.length);
    for (const bind of answer.binds) {
      const lane = this.lane(bind);
      lane.waiting.push({ bytes: push.bytes, post, bind, share, mark });
      this.soon(() => this.post(lane));
    }
  }

  private lane(bind: Bind): Lane<Task> {
    let lane = this.lanes.get(bind.incarnation);
    if (lane === undefined) {
      lane = openLane(bind.node, bind.incarnation);
      this.lanes.set(bind.incarnation, lane);
    }
    return lane;
  }

  private post(lane: Lane<Task>): void {
    const batch = takeBatch(lane, LANES);
    if (batch === undefined) return;
    const node = this.world.nodes.find((other) => other.incarnation === lane.incarnation);
    const done = (ok: boolean): void => {
      if (lane.inFlight !== batch) return;
      if (!ok) {
        onFailed(lane);
        this.judgeLane(lane);
        this.after(60, () => this.post(lane));
        return;
      }
      this.settle(onAnswered(lane));
      this.soon(() => this.post(lane));
    };
    if (node?.alive !== true) {
      this.after(30, () => done(false));
      return;
    }
    node.soon(() => {
      node.onPost(batch.map((task) => task.post));
      this.soon(() => done(true));
    });
    this.after(400, () => done(false));
  }

  private judgeLane(lane: Lane<Task>): void {
    const task = lane.inFlight?.[0] ?? lane.waiting[0];
    if (task === undefined) return;
    const verdict = judge(task.bind, this.ring);
    if (verdict === 'refresh') {
      this.call(
        () => this.world.ring,
        (ring) => {
          if (ring !== undefined) this.learnRing(ring);
        },
      );
    }
    if (verdict !== 'out') return;
    const settled = giveUp(lane);
    for (const { post } of settled) {
      const { uid } = post;
      this.call(
        () => this.state.unbind(uid, lane.node, lane.incarnation),
        () => {},
      );
    }
    this.settle(settled);
  }

  private settle(tasks: Task[]): void {
    for (const { share, mark } of tasks) onSettled(share.offsets, mark);
    for (const share of new Set(tasks.map((task) => task.share))) this.commit(share);
  }

  /** Commits what is settled and safe; asks state again when only the loss window is missing. */
  private commit(share: Share): void {
    if (!this.isCurrent(share)) return;
    const offset = committable(share.offsets, this.limits);
    if (offset > share.offsets.committed && this.world.assigned[share.partition] === this) {
      this.sim.note(() => `${this.name} commits partition ${share.partition} at ${offset}`);
      this.world.committed[share.partition] = offset;
      onCommitted(share.offsets, offset);
    }
    this.read(share);
    if (share.asking || share.offsets.marks.length === 0) return;
    share.asking = true;
    this.after(100, () => this.ask(share));
  }

  /** One call to state whose answer proves what was applied a loss window before it was sent. */
  private ask(share: Share): void {
    const { connection } = this;
    const sentAt = this.sim.now;
    this.call(
      () => true,
      (ok) => {
        share.asking = false;
        if (ok === true) onStateAnswer(share.offsets, connection, sentAt, this.limits);
        this.commit(share);
      },
    );
  }
}

/** False after a rewind: what was under way before it is void. */
function isHeld({ offsets }: Share, reads: Read[]): boolean {
  return reads.every(({ record }) => offsets.marks.includes(record.mark));
}
