// What a bus record asks for, delivery by delivery: to be appended, only to be posted, or nothing because its time is over.
import type { BusRecord } from '@message-push/bus';
import type { Mark } from '@message-push/delivery';
import {
  devicesOf,
  type EnvelopePush,
  formatSeq,
  type InnerMessage,
  type MessageBody,
  type MessageId,
  type Seq,
} from '@message-push/protocol';
import type { AppendEntry, Receiver } from '@message-push/state';
import type { Piece } from './backlog.ts';
import { type Reading, readRecord, type Unreadable } from './dead-letters.ts';
import { Delivery, type Reports, Share } from './delivery.ts';
import type { Partition } from './partition.ts';

export type AppendCall = Receiver & { entry: AppendEntry };

/** One record. */
export interface RecordWork {
  readonly offset: number;
  readonly mark: Mark;
  /** When the bus stored it, epoch milliseconds. */
  readonly at: number;
  /** Entries that are not routed. */
  open: number;
}

/** One push of a record. Its receivers go on their way piece by piece. */
export interface PushWork {
  readonly record: RecordWork;
  /** Its place in the record. */
  readonly index: number;
  readonly seq: Seq;
  readonly push: EnvelopePush;
  /** Of the message in an inbox or a post, about. */
  readonly bytes: number;
  /** Stored after reading began: if it is online-only, nobody has posted it. */
  readonly fresh: boolean;
  /** Index of the next receiver. */
  next: number;
  /** As it is posted and appended; made when the first receivers go. */
  made: { inner: InnerMessage; entry: AppendEntry } | undefined;
}

/** A push of a record, or a whole record, that can never be processed. */
export interface DeadWork {
  readonly record: RecordWork;
  readonly letter: Unreadable;
}

/** One delivery on its way: `call` is what goes to an inbox, for the others there is only the fate. */
export interface Item {
  work: PushWork;
  delivery: Delivery;
  call: AppendCall | undefined;
  /**
   * append: to the inbox, then to the nodes; once: to the nodes, online-only; late: its time is over; skip: online-only and
   * perhaps posted before; recalled: taken back by its sender.
   */
  fate: 'append' | 'once' | 'late' | 'skip' | 'recalled';
}

/** What an entry adds to the bytes of its message. */
const ENTRY_BYTES = 100;
/** What a receiver of a record takes in memory until it is done, about. */
const RECEIVER_BYTES = 48;

/** Reads a record and hands its parts to the partition's backlog; false when it was read already. */
export function readWork(record: BusRecord, partition: Partition, generation: number, now: number): boolean {
  const reading = readRecord(record);
  const entries = entriesOf(reading);
  const mark = partition.read(record, record.value.byteLength + entries * RECEIVER_BYTES);
  if (mark === undefined) return false;
  const { offset, at } = record;
  const work: RecordWork = { offset, mark, at, open: Math.max(1, entries) };
  if (entries === 0) partition.routed(work, now);
  const fresh = partition.fresh(offset);
  for (const letter of reading.dead) partition.backlog.addDead({ record: work, letter });
  for (const { index, push } of reading.pushes) {
    const seq = formatSeq({ generation, offset, index });
    const bytes = ENTRY_BYTES + bytesOf(push.message);
    partition.backlog.add({ record: work, index, seq, push, bytes, fresh, next: 0, made: undefined });
  }
  return true;
}

function entriesOf({ pushes, dead }: Reading): number {
  return pushes.reduce((sum, { push }) => sum + push.uids.length, dead.length);
}

function bytesOf({ title = '', content, content_type = '', extras = '' }: MessageBody): number {
  return Buffer.byteLength(content) + Buffer.byteLength(title) + Buffer.byteLength(extras) + content_type.length;
}

export interface ItemOptions {
  partition: Partition;
  reports: Reports;
  /** Age at which an online-only message is dropped, milliseconds. */
  onlineOnlyMs: number;
  isRecalled(messageId: MessageId): boolean;
  now: number;
}

/** The deliveries of a piece, in the order of their receivers. */
export function itemsOf({ work, from, flights }: Piece, options: ItemOptions): Item[] {
  const { partition, reports, now } = options;
  const { push, record } = work;
  const { inner, entry } = madeOf(work, options.onlineOnlyMs);
  const fate = fateOf(work, inner.expires_at <= now, options.isRecalled(push.message_id));
  const { app } = push;
  const { mark } = record;
  return flights.map((flight, i) => {
    const uid = push.uids[from + i] ?? '';
    const devices = devicesOf(push, uid);
    const delivery = new Delivery(new Share(partition, mark), reports, inner, uid, devices, flight, work.bytes);
    const own = devices === undefined ? entry : { ...entry, device_ids: devices };
    return { work, delivery, fate, call: fate === 'append' ? { app, uid, entry: own } : undefined };
  });
}

function madeOf(work: PushWork, onlineOnlyMs: number): { inner: InnerMessage; entry: AppendEntry } {
  if (work.made !== undefined) return work.made;
  const { message_id, app, message, c_time, platforms, ttl_s, again } = work.push;
  const { seq } = work;
  const online = ttl_s === 0;
  const expires_at = c_time + (online ? onlineOnlyMs : ttl_s * 1000);
  const inner: InnerMessage = { message_id, app, seq, expires_at, c_time, message };
  const entry: AppendEntry = { message_id, seq, expires_at, c_time, message };
  if (platforms !== undefined) {
    inner.platforms = platforms;
    entry.platforms = platforms;
  }
  if (online) inner.online_only = true;
  if (again === true) entry.again = true;
  work.made = { inner, entry };
  return work.made;
}

function fateOf({ push, fresh }: PushWork, late: boolean, recalled: boolean): Item['fate'] {
  if (recalled) return 'recalled';
  if (late) return 'late';
  if (push.ttl_s > 0) return 'append';
  return fresh && push.again !== true ? 'once' : 'skip';
}
