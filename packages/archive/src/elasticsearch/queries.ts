// What is asked of Elasticsearch for a query of the archive, and how its numbers are read.
import type { estypes } from '@elastic/elasticsearch';
import type { DeliveryStatus } from '@message-push/protocol';
import { type FoundBy, HOP_ACKED, HOP_WRITTEN } from '../facts.ts';
import type { Bucket } from '../index.ts';
import type { CheckedQuery } from '../query.ts';
import { TIME_MAX } from '../schema.ts';
import type { SearchPhrase } from '../text.ts';
import {
  ALL_PLATFORMS,
  countField,
  platformTerm,
  readTally,
  receiverTerm,
  STATES,
  type State,
  statusOfState,
  TALLY_BITS,
  tallyTerm,
  wayTerm,
} from './document.ts';

type Query = estypes.QueryDslQueryContainer;
type Aggregations = Record<string, estypes.AggregationsAggregationContainer>;

/** Words that a phrase's last character may go on as, if it is one of the rare that are not indexed by themselves (two UTF-16 units). */
const EXPANSIONS_MAX = 4096;

/**
 * Documents that satisfy a query. A receiver is in one document of a push, and a query that asks nothing of deliveries looks at the
 * first only; without a receiver it may be found in several (see `findsTwice`).
 */
export function documentsOf(query: CheckedQuery, now: number): Query {
  const { app, apps, message_id, platform, content_type, phrase, from, to } = query;
  // Documents without a push have no time: they are never found.
  const filter: Query[] = [{ range: { c_time: { gte: time(from ?? 0), lt: time(to ?? TIME_MAX) } } }];
  if (app !== undefined) filter.push({ term: { app } });
  if (apps !== undefined) filter.push({ terms: { app: apps } });
  if (message_id !== undefined) filter.push({ term: { message_id } });
  if (content_type !== undefined) filter.push({ term: { content_type } });
  if (platform !== undefined) filter.push({ terms: { platforms: [platformTerm(platform), ALL_PLATFORMS] } });
  if (phrase !== undefined) filter.push(phraseQuery(phrase));
  if (asksDeliveries(query)) filter.push(deliveryQuery(query, now));
  return { bool: { filter } };
}

/** The same, once per push: of a push without a condition on its deliveries the first document. */
export function pushesOf(query: CheckedQuery, now: number): Query {
  const documents = documentsOf(query, now);
  if (asksDeliveries(query)) return documents;
  return { bool: { filter: [{ term: { group: 0 } }, documents] } };
}

/** Whether `pushesOf` may find several documents of one push. */
export function findsTwice(query: CheckedQuery): boolean {
  return query.uid === undefined && asksDeliveries(query);
}

function asksDeliveries({ uid, status, node, reason }: CheckedQuery): boolean {
  return uid !== undefined || status !== undefined || marked({ node, reason });
}

/** Whether deliveries are found by what receipts tell of them, besides where they stand. */
function marked({ node, reason }: FoundBy): boolean {
  return node !== undefined || reason !== undefined;
}

/** How many pushes `query` finds in several documents, counted to `max`. */
export function distinctPushes(max: number): Aggregations {
  return {
    // By the values themselves: ordinals over all ids would be made anew after each refresh.
    pushes: { terms: { field: 'message_id', size: max, shard_size: max, execution_hint: 'map' } },
    found: { stats_bucket: { buckets_path: 'pushes>_count' } },
  };
}

/** Deliveries that satisfy the query, by state, those whose time is over apart. `tally` reads it. */
export function tallies(query: CheckedQuery, now: number): Aggregations {
  const filters = { open: openAt(now), over: overAt(now) };
  const { uid } = query;
  if (uid === undefined && marked(query)) {
    const include = STATES.flatMap((state) => TALLY_BITS.map((bit) => tallyTerm(state, bit, query)));
    const terms = { field: 'tallied', include, size: include.length };
    return { life: { filters: { filters }, aggs: { marked: { terms } } } };
  }
  const aggs: Aggregations = {};
  for (const state of STATES) {
    aggs[countField(state)] =
      uid === undefined ? { sum: { field: `n.${countField(state)}` } } : { filter: inStates([state], query) };
  }
  return { life: { filters: { filters }, aggs } };
}

/** The tallies of each interval; `histogramOf` reads them. */
export function intervals(query: CheckedQuery, now: number, intervalMs: number): Aggregations {
  return {
    time: {
      date_histogram: { field: 'c_time', fixed_interval: `${intervalMs}ms`, min_doc_count: 1 },
      aggs: tallies(query, now),
    },
  };
}

/** What answers `tallies`. */
export interface Tallies {
  life: {
    buckets: Record<
      'open' | 'over',
      Record<string, number | { value?: number; doc_count?: number }> & {
        marked?: { buckets: { key: string; doc_count: number }[] };
      }
    >;
  };
}

export interface Intervals {
  time: { buckets: (Tallies & { key: number })[] };
}

/** Deliveries per state and whether their time is over; `status` leaves out the others. */
export function* tally({ life }: Tallies, status: DeliveryStatus[] | undefined) {
  for (const over of [false, true]) {
    const { marked, ...numbers } = life.buckets[over ? 'over' : 'open'];
    const sums = marked && sumsOf(marked.buckets);
    for (const state of STATES) {
      const found = numbers[countField(state)];
      const counted = typeof found === 'object' ? (found.value ?? found.doc_count ?? 0) : 0;
      const n = sums === undefined ? counted : (sums.get(state.code) ?? 0);
      const name = statusOfState(state, over);
      if (n > 0 && (status === undefined || status.includes(name))) yield { state, status: name, n };
    }
  }
}

/** Deliveries by the code of their state, from the terms that count them in powers of two. */
function sumsOf(buckets: { key: string; doc_count: number }[]): Map<string, number> {
  const sums = new Map<string, number>();
  for (const { key, doc_count } of buckets) {
    const { code, n } = readTally(key);
    sums.set(code, (sums.get(code) ?? 0) + n * doc_count);
  }
  return sums;
}

export function histogramOf({ time }: Intervals, status: DeliveryStatus[] | undefined): Bucket[] {
  const buckets: Bucket[] = [];
  for (const { key, ...tallies } of time.buckets) {
    const bucket: Bucket = { from: key, counts: {} };
    for (const { status: name, n } of tally(tallies, status)) bucket.counts[name] = (bucket.counts[name] ?? 0) + n;
    if (Object.keys(bucket.counts).length > 0) buckets.push(bucket);
  }
  return buckets;
}

export function funnelOf(tallies: Tallies, status: DeliveryStatus[] | undefined) {
  const funnel = { accepted: 0, routed: 0, written: 0, acked: 0 };
  for (const { state, n } of tally(tallies, status)) {
    funnel.accepted += n;
    if (state.routed) funnel.routed += n;
    if (state.hop >= HOP_WRITTEN) funnel.written += n;
    if (state.hop === HOP_ACKED) funnel.acked += n;
  }
  return funnel;
}

/** One delivery that is as asked, in one of these statuses: what was open while its time-to-live lasted expires with it. */
function deliveryQuery(query: CheckedQuery, now: number): Query {
  const { status } = query;
  if (status === undefined) return inStates(STATES, query);
  const open = STATES.filter((state) => status.includes(statusOfState(state, false)));
  const over = STATES.filter((state) => status.includes(statusOfState(state, true)));
  if (open.length === over.length && open.every((state) => over.includes(state))) return inStates(open, query);
  return {
    bool: {
      should: [
        { bool: { filter: [inStates(open, query), openAt(now)] } },
        { bool: { filter: [inStates(over, query), overAt(now)] } },
      ],
      minimum_should_match: 1,
    },
  };
}

/** One delivery to the receiver asked for, by the node and for the reason asked for, in one of these states. */
function inStates(states: readonly State[], query: CheckedQuery): Query {
  const { uid } = query;
  if (!marked(query))
    return uid === undefined
      ? { terms: { states: states.map(({ code }) => code) } }
      : { terms: { receivers: states.map((state) => receiverTerm(state, uid)) } };
  return uid === undefined
    ? { terms: { tallied: states.flatMap((state) => TALLY_BITS.map((bit) => tallyTerm(state, bit, query))) } }
    : { terms: { ways: states.map((state) => wayTerm(state, uid, query)) } };
}

function openAt(now: number): Query {
  return { range: { expires_at: { gte: now } } };
}

function overAt(now: number): Query {
  return { range: { expires_at: { lt: now } } };
}

function phraseQuery({ words, prefix }: SearchPhrase): Query {
  const query = words.join(' ');
  if (!prefix) return { match_phrase: { search_text: query } };
  if (words.length === 1) return { prefix: { search_text: query } };
  return { match_phrase_prefix: { search_text: { query, max_expansions: EXPANSIONS_MAX } } };
}

/** Within the times that a message can have. */
function time(value: number): number {
  return Math.min(TIME_MAX, Math.max(0, value));
}
