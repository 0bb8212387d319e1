// What a bus record asks for, delivery by delivery: to be appended, only to be posted, or nothing because its time is over.
import type { BusRecord } from '@message-push/bus';
import type { Mark } from '@message-push/delivery';
import { devicesOf, type EnvelopePush, formatSeq, type InnerMessage } from '@message-push/protocol';
import type { AppendEntry, Receiver } from '@message-push/state';
import { type ReadablePush, type Reading, readRecord, type Unreadable } from './dead-letters.ts';
import { Delivery, type OfflineReports, Share } from './delivery.ts';
import type { Partition } from './partition.ts';

export type AppendCall = Receiver & { entry: AppendEntry };

/** One delivery: `call` is what goes to an inbox, for the others there is only the fate. */
export interface Item {
  delivery: Delivery;
  receiver: Receiver;
  call: AppendCall | undefined;
  /**
   * append: to the inbox, then to the nodes; once: to the nodes, online-only; late: its time is over; skip: online-only and
   * perhaps posted before.
   */
  fate: 'append' | 'once' | 'late' | 'skip';
}

/** One record. Its items are in the order of their sequences. */
export interface Work {
  record: BusRecord;
  mark: Mark;
  items: Item[];
  dead: { letter: Unreadable; share: Share }[];
  /** The push of a sequence, for its dead letter. */
  pushes: ReadablePush[];
}

export interface WorkOptions {
  partition: Partition;
  generation: number;
  reports: OfflineReports;
  /** Age at which an online-only message is dropped, milliseconds. */
  onlineOnlyMs: number;
  now: number;
}

/** Undefined for a record that was carried out already: a batch that failed half-way comes again whole. */
export function workOf(record: BusRecord, options: WorkOptions): Work | undefined {
  const { partition } = options;
  const reading = readRecord(record);
  const mark = partition.read(record, entriesOf(reading));
  if (mark === undefined) return undefined;
  const dead = reading.dead.map((letter) => ({ letter, share: new Share(partition, mark) }));
  const work: Work = { record, mark, items: [], dead, pushes: reading.pushes };
  for (const push of reading.pushes) addItems(work, push, options);
  return work;
}

function entriesOf({ pushes, dead }: Reading): number {
  return pushes.reduce((sum, { push }) => sum + push.uids.length, dead.length);
}

function addItems(work: Work, { index, push }: ReadablePush, options: WorkOptions): void {
  const { partition, generation, reports, onlineOnlyMs, now } = options;
  const { message_id, app, message, c_time, platforms } = push;
  const seq = formatSeq({ generation, offset: work.record.offset, index });
  const online = push.ttl_s === 0;
  const expires_at = c_time + (online ? onlineOnlyMs : push.ttl_s * 1000);
  const inner: InnerMessage = { message_id, app, seq, expires_at, c_time, message };
  if (platforms !== undefined) inner.platforms = platforms;
  if (online) inner.online_only = true;
  const fate = fateOf(push, expires_at <= now, partition.fresh(work.record.offset));
  const common: AppendEntry = { message_id, seq, expires_at, c_time, message };
  if (platforms !== undefined) common.platforms = platforms;
  if (push.again === true) common.again = true;

  const share = { partition, mark: work.mark, reports };
  for (const uid of push.uids) {
    const devices = devicesOf(push, uid);
    const receiver = { app, uid };
    const entry = devices === undefined ? common : { ...common, device_ids: devices };
    const call = fate === 'append' ? { app, uid, entry } : undefined;
    work.items.push({ delivery: new Delivery(share, inner, uid, devices), receiver, call, fate });
  }
}

function fateOf(push: EnvelopePush, late: boolean, fresh: boolean): Item['fate'] {
  if (late) return 'late';
  if (push.ttl_s > 0) return 'append';
  return fresh && push.again !== true ? 'once' : 'skip';
}
