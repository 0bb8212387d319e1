// What a batch says, by message and receiver, and how it joins the documents that are there.
import { isMessageId, messageIdTime, type Receipt } from '@message-push/protocol';
import { erasedMark } from '../erased-mark.ts';
import { copyOfFacts, type Facts, factsOfPush, factsOfReceipt, mergeFacts } from '../facts.ts';
import type { PushRecord, QueuedPush } from '../index.ts';
import { TIME_MAX } from '../schema.ts';
import { documentId, groupOf, groupsOf, type Sheet } from './document.ts';

export interface WriteBatch {
  pushes: QueuedPush[];
  receipts: Receipt[];
}

/** What a batch says of one message. */
export interface Told {
  messageId: string;
  push: PushRecord | undefined;
  deliveries: Map<string, Facts>;
  /** Nothing is known to be stored yet: its documents are created without a look. */
  fresh: boolean;
  /** Deliveries go from the first document, where they came before the push, to the documents they belong to. */
  moving: boolean;
  /** One of its documents can never be stored. */
  refused: boolean;
}

/** The documents that one attempt works on, by id. */
export type Desk = Map<string, Sheet>;

/** Facts by message and receiver. What can never be stored is left out; `refuse` hears why. */
export function gather({ pushes, receipts }: WriteBatch, refuse: (reason: Error) => void): Told[] {
  const all = new Map<string, Told>();
  for (const push of pushes) {
    const problem = problemOfPush(push);
    if (problem !== undefined) {
      refuse(new Error(`a push ${problem}`));
      continue;
    }
    const told = toldOf(all, push.message_id);
    told.fresh = true;
    told.push ??= recordOf(push);
    for (const uid of push.uids) add(told.deliveries, uid, factsOfPush(push));
  }
  for (const receipt of receipts) {
    const problem = problemOfIds(receipt.message_id, [receipt.uid]);
    if (problem === undefined) add(toldOf(all, receipt.message_id).deliveries, receipt.uid, factsOfReceipt(receipt));
    else refuse(new Error(`a receipt ${problem}`));
  }
  return [...all.values()];
}

/** Joins what is told with the first document; answers how many documents the message has. */
export function adopt(told: Told, head: Sheet): number {
  told.moving = false;
  const push = head.push ?? told.push;
  if (push === undefined) return 1;
  const groups = groupsOf(push);
  if (head.push !== undefined || groups === 1) return groups;
  for (const [uid, facts] of head.deliveries) {
    if (groupOf(push, uid, groups) === 0) continue;
    add(told.deliveries, uid, facts);
    head.deliveries.delete(uid);
    told.moving = true;
  }
  return groups;
}

/** Merges what is told into the documents; answers those that have to be stored. */
export function merge(told: Told, desk: Desk): Set<Sheet> {
  const head = sheetOf(desk, told.messageId, 0);
  const changed = new Set<Sheet>();
  if (head.push === undefined && told.push !== undefined && !isErased(told, head)) {
    head.push = told.push;
    changed.add(head);
  }
  const { push } = head;
  const groups = push === undefined ? 1 : groupsOf(push);
  for (const [uid, facts] of told.deliveries) {
    const sheet = sheetOf(desk, told.messageId, push === undefined ? 0 : groupOf(push, uid, groups));
    if (sheet.erased.size > 0 && sheet.erased.has(erasedMark(told.messageId, uid))) continue;
    sheet.push ??= push;
    if (add(sheet.deliveries, uid, facts)) changed.add(sheet);
  }
  return changed;
}

/** Whether all that is told belongs to erased persons. */
function isErased({ messageId, deliveries }: Told, { erased }: Sheet): boolean {
  if (erased.size === 0) return false;
  return [...deliveries.keys()].every((uid) => erased.has(erasedMark(messageId, uid)));
}

/** Answers whether the deliveries changed. */
function add(deliveries: Map<string, Facts>, uid: string, facts: Facts): boolean {
  const known = deliveries.get(uid);
  if (known !== undefined) return mergeFacts(known, facts);
  // What is told grows from attempt to attempt: a document in memory must not know what was never stored in it.
  deliveries.set(uid, copyOfFacts(facts));
  return true;
}

function sheetOf(desk: Desk, messageId: string, group: number): Sheet {
  const sheet = desk.get(documentId(messageId, group));
  if (sheet === undefined) throw new RangeError(`document ${group} of message ${messageId} is not on the desk`);
  return sheet;
}

function toldOf(all: Map<string, Told>, messageId: string): Told {
  let told = all.get(messageId);
  if (told === undefined) {
    told = { messageId, push: undefined, deliveries: new Map(), fresh: false, moving: false, refused: false };
    all.set(messageId, told);
  }
  return told;
}

function recordOf(push: QueuedPush): PushRecord {
  const { message_id, app, platforms, message, c_time, ttl_s, accepted, traceparent } = push;
  return {
    ...{ message_id, app, message, c_time, ttl_s, accepted },
    ...(platforms === undefined ? {} : { platforms }),
    ...(traceparent === undefined ? {} : { traceparent }),
  };
}

/** Why no later try would store it: no reader of the bus should have let it through. */
function problemOfPush({ message_id, app, message, c_time, ttl_s, accepted, uids }: QueuedPush): string | undefined {
  if (typeof app !== 'string') return 'whose app is no text';
  if (typeof message?.content !== 'string') return 'without content';
  if (!Number.isSafeInteger(c_time) || c_time < 0 || c_time > TIME_MAX) return 'whose c_time is no time';
  if (!Number.isSafeInteger(ttl_s) || !Number.isSafeInteger(accepted)) return 'whose ttl_s or accepted is no number';
  return problemOfIds(message_id, uids);
}

function problemOfIds(messageId: string, uids: string[]): string | undefined {
  if (!isMessageId(messageId) || messageIdTime(messageId) > TIME_MAX) return 'whose message_id is none';
  return uids.some((uid) => typeof uid !== 'string') ? 'with a uid that is no text' : undefined;
}
