// What a document of the Elasticsearch archive holds: a push and the deliveries of some of its receivers, with the terms and
// numbers by which they are found and counted.
import { type DeliveryStatus, partitionOf } from '@message-push/protocol';
import {
  arrivedAt,
  expiryOf,
  type Facts,
  type FoundBy,
  foundBy,
  HOP_ACKED,
  HOP_EXPIRED,
  HOP_STATUSES,
  HOP_TIMES,
  HOP_WRITTEN,
  hopOf,
} from '../facts.ts';
import type { PushRecord, PushSummary } from '../index.ts';
import { searchText } from '../text.ts';

/**
 * Deliveries of one document. All of a push in one would make a late receipt of one receiver rewrite a thousand; each in its own
 * would store the push a thousand times.
 */
const RECEIVERS_MAX = 32;

/** Which version of a document is known; absent = it is believed not to exist. */
export interface Version {
  seqNo: number;
  primaryTerm: number;
}

/** A document in memory. Without a push it is the first of its message and keeps what came before the push. */
export interface Sheet {
  messageId: string;
  group: number;
  push: PushRecord | undefined;
  deliveries: Map<string, Facts>;
  /** Marks of deliveries that were removed with a person (see `erasedMark`): they do not come back. */
  erased: Set<string>;
  /** The words of the push, once they were computed or read. */
  words: string | undefined;
  version: Version | undefined;
}

/** A document as it is stored; `deliveries` and `push` are neither indexed nor looked into. */
export interface Source {
  message_id: string;
  group: number;
  deliveries: { list: PackedDelivery[]; erased?: string[] };
  many?: boolean;
  app?: string;
  c_time?: number;
  expires_at?: number;
  content_type?: string;
  platforms?: string[];
  search_text?: string;
  states?: string[];
  receivers?: string[];
  ways?: string[];
  tallied?: string[];
  n?: Record<string, number>;
  last_at?: number;
  push?: Omit<PushRecord, 'message_id' | 'app' | 'c_time'>;
}

type Voice = [weight: number, ...values: (string | number | null)[]];

type PackedDelivery = [
  uid: string,
  seq: string | null,
  partition: number | null,
  times: (number | null)[],
  /** What is known besides, by its weight: the values as in `marks` of Facts, those of other weights null or left out. */
  ...voices: Voice[],
];

/** Where a delivery stands, as far as that is stored: its hop, told apart where only some were routed before. */
export interface State {
  code: string;
  hop: number;
  routed: boolean;
}

/** Codes are the hops; behind them the same hops of deliveries that were routed before. */
const ENDED_HOPS = [HOP_EXPIRED, HOP_EXPIRED + 1, HOP_EXPIRED + 2];
export const STATES: readonly State[] = [...HOP_STATUSES.keys(), ...ENDED_HOPS].map((hop, index) => ({
  code: index.toString(36),
  hop,
  routed: index > HOP_ACKED || hop >= HOP_WRITTEN || HOP_STATUSES[hop] === 'routed',
}));

const ROUTED_TIME = HOP_TIMES.indexOf('routed_at');

/** The status of a state; `over`: the time-to-live has ended. */
export function statusOfState({ hop }: State, over: boolean): DeliveryStatus {
  return HOP_STATUSES[over && hop < HOP_EXPIRED ? HOP_EXPIRED : hop] ?? 'accepted';
}

export function stateOf({ times }: Facts): State {
  const hop = hopOf(times);
  const wasRouted = (times[ROUTED_TIME] ?? null) !== null && ENDED_HOPS.includes(hop);
  const state = STATES[wasRouted ? HOP_ACKED + 1 + ENDED_HOPS.indexOf(hop) : hop];
  if (state === undefined) throw new RangeError(`there is no hop ${hop}`);
  return state;
}

/** The name of a state among the numbers of a document. */
export function countField({ code }: State): string {
  return `s${code}`;
}

/** The term by which a receiver is found in a state. */
export function receiverTerm({ code }: State, uid: string): string {
  return `${code}:${uid}`;
}

/** The term by which a delivery to this receiver is found by its node, its reason, or both, in a state. */
export function wayTerm({ code }: State, uid: string, { node, reason }: FoundBy): string {
  return JSON.stringify([code, uid, node ?? null, reason ?? null]);
}

/** Deliveries of one document are counted in powers of two: RECEIVERS_MAX of them take these. */
export const TALLY_BITS = Array.from({ length: Math.log2(RECEIVERS_MAX) + 1 }, (_, bit) => bit);

/** The term that says that 2^bit deliveries of a document are in a state, by a node, for a reason: how many are its terms' sum. */
export function tallyTerm({ code }: State, bit: number, { node, reason }: FoundBy): string {
  return JSON.stringify([code, bit, node ?? null, reason ?? null]);
}

/** Which state a term of `tallyTerm` names, and how many deliveries it stands for. */
export function readTally(term: string): { code: string; n: number } {
  const [code, bit] = JSON.parse(term); // written by tallyTerm
  return { code: String(code), n: 2 ** Number(bit) };
}

/** Platforms are told apart from `all`, whatever they are called. */
export const ALL_PLATFORMS = '*';
export function platformTerm(platform: string): string {
  return `=${platform}`;
}

/** In how many documents the deliveries of a push lie: a power of two, so that a bus partition touches few of them. */
export function groupsOf({ accepted }: Pick<PushRecord, 'accepted'>): number {
  let groups = 1;
  while (groups * RECEIVERS_MAX < accepted) groups *= 2;
  return groups;
}

/** By the hash that also chooses the bus partition: consumers that share the partitions share few documents. */
export function groupOf({ app }: PushRecord, uid: string, groups: number): number {
  return groups === 1 ? 0 : partitionOf(app, uid, groups);
}

export function documentId(messageId: string, group: number): string {
  return group === 0 ? messageId : `${messageId}-${group}`;
}

export function blankSheet(messageId: string, group: number): Sheet {
  return {
    messageId,
    group,
    push: undefined,
    deliveries: new Map(),
    erased: new Set(),
    words: undefined,
    version: undefined,
  };
}

/** The line to store. */
export function writeSource(sheet: Sheet): string {
  const { messageId, group, push, deliveries, erased } = sheet;
  const list: PackedDelivery[] = [];
  for (const [uid, { seq, partition, times, marks }] of deliveries)
    list.push([uid, seq, partition, times, ...voicesOf(marks)]);
  const marks = erased.size === 0 ? {} : { erased: [...erased] };
  const source: Source = { message_id: messageId, group, deliveries: { list, ...marks } };
  if (push === undefined) return JSON.stringify(source);
  const { message_id: _id, app, c_time, ...rest } = push;
  sheet.words ??= searchText(push.message.title, push.message.content);
  const { states, receivers, n } = standing(deliveries);
  const { ways, tallied } = waysOf(deliveries);
  const last_at = Math.max(0, ...[...deliveries.values()].map((facts) => arrivedAt(facts) ?? 0));
  const { content_type } = push.message;
  return JSON.stringify({
    ...source,
    ...{ many: groupsOf(push) > 1, app, c_time, expires_at: expiryOf(push), push: rest },
    ...(content_type === undefined ? {} : { content_type }),
    platforms: push.platforms?.map(platformTerm) ?? [ALL_PLATFORMS],
    ...{ search_text: sheet.words, states, receivers, n },
    ...(ways.length > 0 && { ways, tallied }),
    ...(last_at > 0 && { last_at }),
  } satisfies Source);
}

/** Fills a blank sheet with what is stored. */
export function readSource(sheet: Sheet, source: Source, version: Version): void {
  sheet.push = pushOfSource(source);
  sheet.deliveries = deliveriesOfSource(source);
  sheet.erased = new Set(source.deliveries.erased);
  sheet.words = source.search_text;
  sheet.version = version;
}

export function deliveriesOfSource({ deliveries }: Source): Map<string, Facts> {
  const unpack = ([uid, seq, partition, times, ...voices]: PackedDelivery): [string, Facts] => [
    uid,
    { seq, partition, times, marks: marksOf(voices) },
  ];
  return new Map(deliveries.list.map(unpack));
}

export function pushOfSource({ message_id, app, c_time, push }: Source): PushRecord | undefined {
  if (push === undefined || app === undefined || c_time === undefined) return undefined;
  return { message_id, app, c_time, ...push };
}

/** Deliveries per status by the numbers of a document. */
export function countsOf(n: Record<string, number>, over: boolean): PushSummary['counts'] {
  const counts: PushSummary['counts'] = {};
  for (const state of STATES) {
    const number = n[countField(state)] ?? 0;
    const status = statusOfState(state, over);
    if (number > 0) counts[status] = (counts[status] ?? 0) + number;
  }
  return counts;
}

function standing(deliveries: Sheet['deliveries']) {
  const receivers: string[] = [];
  const n: Record<string, number> = {};
  const states = new Set<string>();
  for (const [uid, facts] of deliveries) {
    const state = stateOf(facts);
    receivers.push(receiverTerm(state, uid));
    states.add(state.code);
    const name = countField(state);
    n[name] = (n[name] ?? 0) + 1;
  }
  return { states: [...states], receivers, n };
}

/** Terms of the deliveries that have a node or a reason: by each of them, and by both. */
function waysOf(deliveries: Sheet['deliveries']) {
  const ways: string[] = [];
  const counted = new Map<string, { state: State; by: FoundBy; n: number }>();
  for (const [uid, facts] of deliveries) {
    const state = stateOf(facts);
    const { node, reason } = foundBy(facts);
    const both = node !== undefined && reason !== undefined;
    for (const by of [...(both ? [{ node, reason }] : []), { node }, { reason }]) {
      if (Object.values(by).some((value) => value === undefined)) continue;
      ways.push(wayTerm(state, uid, by));
      const key = tallyTerm(state, 0, by);
      const known = counted.get(key) ?? { state, by, n: 0 };
      counted.set(key, known);
      known.n++;
    }
  }
  const tallied = [...counted.values()].flatMap(({ state, by, n }) =>
    TALLY_BITS.flatMap((bit) => ((n >> bit) % 2 === 1 ? [tallyTerm(state, bit, by)] : [])),
  );
  return { ways, tallied };
}

/** Marks of one receipt share its weight, which takes more room than they do. */
function voicesOf(marks: Facts['marks']): Voice[] {
  const voices: Voice[] = [];
  for (let i = 0; i < marks.length; i++) {
    const mark = marks[i];
    if (!mark) continue;
    const [weight, value] = mark;
    let voice = voices.find((one) => one[0] === weight);
    if (voice === undefined) {
      voice = [weight];
      voices.push(voice);
    }
    while (voice.length <= i) voice.push(null);
    voice.push(value);
  }
  return voices;
}

function marksOf(voices: Voice[]): Facts['marks'] {
  const marks: Facts['marks'] = [];
  for (const [weight, ...values] of voices)
    for (const [i, value] of values.entries()) if (value !== null) marks[i] = [weight, value];
  return marks;
}
