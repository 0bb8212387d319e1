// The archive in Elasticsearch: any number of processes may write and read it.
import type { Client, estypes } from '@elastic/elasticsearch';
import { type DeliveryStatus, isMessageId, type MessageId } from '@message-push/protocol';
import type { Clock, Metrics } from '@message-push/runtime';
import type { ArchiveConfig } from '../config.ts';
import { describeFacts, expiryOf, type Facts, foundBy } from '../facts.ts';
import type {
  Archive,
  Bucket,
  DeliveryRecord,
  Page,
  PushQuery,
  PushRecord,
  PushSummary,
  SampledDelivery,
} from '../index.ts';
import { type Meters, metersOf, timed } from '../meters.ts';
import {
  type CheckedQuery,
  checkDeliveriesPage,
  checkIntervals,
  checkPage,
  checkQuery,
  checkSample,
  type Position,
  TOTAL_MAX,
  writeCursor,
} from '../query.ts';
import { type Field, readSources } from './bulk.ts';
import { connect, unavailable, whileThere } from './connection.ts';
import {
  countsOf,
  deliveriesOfSource,
  groupOf,
  groupsOf,
  pushOfSource,
  type Source,
  stateOf,
  statusOfState,
} from './document.ts';
import { type EraseDeps, erase } from './erase.ts';
import { Indices } from './indices.ts';
import { OpenSheets } from './open-sheets.ts';
import {
  distinctPushes,
  documentsOf,
  findsTwice,
  funnelOf,
  histogramOf,
  type Intervals,
  intervals,
  pushesOf,
  type Tallies,
  tallies,
} from './queries.ts';
import type { WriteBatch } from './told.ts';
import { Writer } from './writer.ts';

/** The numbers of one document of a push. */
const NUMBERS: Field[] = ['message_id', 'n', 'last_at', 'deliveries.erased'];

/** What a summary is made of; texts for the search and the deliveries are left behind. */
const SUMMARY: Field[] = [...NUMBERS, 'app', 'c_time', 'many', 'push'];

/** What deliveries of a sample are made of. */
const SAMPLED: Field[] = ['message_id', 'app', 'c_time', 'expires_at', 'deliveries'];

/** Most documents one page looks at in one request, when several may be of one push. */
const DOCUMENTS_MAX = 2000;

/** Documents counted at most where several may be of one push of 1,000 receivers. */
const COUNTED_MAX = groupsOf({ accepted: 1000 }) * (TOTAL_MAX + 1);

/** Opens the archive that the configuration names. No server need be there; `ping` tells. */
export function createElasticsearchArchive(config: ArchiveConfig, deps: { clock: Clock; metrics?: Metrics }): Archive {
  return new ElasticsearchArchive(connect(config), config, deps);
}

class ElasticsearchArchive implements Archive {
  readonly gatherMs: number;
  readonly #client: Client;
  readonly #indices: Indices;
  readonly #writer: Writer;
  readonly #erasing: EraseDeps;
  readonly #clock: Clock;
  readonly #meters: Meters | undefined;
  #closed = false;

  constructor(client: Client, config: ArchiveConfig, { clock, metrics }: { clock: Clock; metrics?: Metrics }) {
    this.gatherMs = config.elasticsearchGatherMs;
    this.#client = client;
    this.#clock = clock;
    this.#meters = metrics && metersOf(metrics);
    this.#indices = new Indices(client, {
      prefix: config.elasticsearchPrefix,
      shards: config.elasticsearchShards,
      replicas: config.elasticsearchReplicas,
      refreshMs: config.elasticsearchRefreshMs,
    });
    this.#writer = new Writer({
      client,
      indices: this.#indices,
      open: new OpenSheets(config.elasticsearchOpenMax),
      timeoutMs: config.elasticsearchTimeoutMs,
      count: (outcome) => this.#meters?.documents.inc({ outcome }),
    });
    const { elasticsearchTimeoutMs: timeoutMs } = config;
    this.#erasing = { client, indices: this.#indices, writer: this.#writer, timeoutMs };
  }

  async write(batch: WriteBatch): Promise<void> {
    if (this.#closed) throw unavailable('the archive is closed');
    await this.#writer.write(batch);
    this.#meters?.written.inc({ what: 'push' }, batch.pushes.length);
    this.#meters?.written.inc({ what: 'receipt' }, batch.receipts.length);
  }

  search(query: PushQuery, page: { limit: number; cursor?: string }) {
    return this.#read('search', async () => {
      const checked = checkQuery(query);
      const { limit, after } = checkPage(page);
      const now = this.#clock.now();
      const { found, total } = await this.#page(checked, limit + 1, now, after);
      const shown = found.slice(0, limit);
      const last = found.length > limit ? shown.at(-1) : undefined;
      const items = await this.#summaries(shown, now);
      const whole = after === undefined && last === undefined;
      const n = whole ? items.length : (total ?? (await this.#count(checked, now)));
      return {
        items,
        ...(last === undefined
          ? {}
          : { cursor: writeCursor({ c_time: last.c_time ?? 0, message_id: last.message_id }) }),
        ...{ total: Math.min(n, TOTAL_MAX), totalIsLowerBound: n > TOTAL_MAX },
      };
    });
  }

  push(messageId: MessageId): Promise<PushSummary | undefined> {
    return this.#read('push', async () => {
      const head = await this.#head(messageId, SUMMARY);
      return head && (await this.#summaries([head], this.#clock.now()))[0];
    });
  }

  deliveries(
    messageId: MessageId,
    page: { limit: number; cursor?: string; status?: DeliveryStatus[]; uid?: string },
  ): Promise<Page<DeliveryRecord>> {
    return this.#read('deliveries', async () => {
      const { limit, after, status, uid } = checkDeliveriesPage(page);
      const head = await this.#head(messageId);
      const push = head && pushOfSource(head);
      if (head === undefined || push === undefined) return { items: [] };
      const found: DeliveryRecord[] = [];
      const now = this.#clock.now();
      for (const [name, facts] of await this.#facts(push, head, uid)) {
        if ((after !== undefined && name <= after) || (uid !== undefined && name !== uid)) continue;
        const record = deliveryOf(push, name, facts, now);
        if (status === undefined || status.includes(record.status)) found.push(record);
      }
      found.sort((a, b) => (a.uid < b.uid ? -1 : 1));
      const last = found.length > limit ? found[limit - 1] : undefined;
      return { items: found.slice(0, limit), ...(last === undefined ? {} : { cursor: writeCursor(last.uid) }) };
    });
  }

  histogram(query: PushQuery, intervalMs: number): Promise<Bucket[]> {
    return this.#read('histogram', async () => {
      const checked = checkQuery(query);
      const end = checked.to === undefined ? await this.#end() : 0;
      const asked = { ...checked, ...checkIntervals(checked, intervalMs, end) };
      const now = this.#clock.now();
      const aggs = await this.#aggregate<Intervals>(asked, now, intervals(asked, now, intervalMs));
      return aggs === undefined ? [] : histogramOf(aggs, asked.status);
    });
  }

  funnel(query: PushQuery) {
    return this.#read('funnel', async () => {
      const checked = checkQuery(query);
      const now = this.#clock.now();
      const aggs = await this.#aggregate<Tallies>(checked, now, tallies(checked, now));
      return aggs === undefined ? { accepted: 0, routed: 0, written: 0, acked: 0 } : funnelOf(aggs, checked.status);
    });
  }

  sample(query: PushQuery, limit: number): Promise<SampledDelivery[]> {
    return this.#read('sample', async () => {
      const checked = checkQuery(query);
      const size = checkSample(limit);
      const now = this.#clock.now();
      // Each document that is found has a delivery that satisfies the query.
      const { hits } = await this.#search<never>({
        query: documentsOf(checked, now),
        size,
        sort: [{ c_time: 'desc' }, { message_id: 'desc' }],
        _source: SAMPLED,
        track_total_hits: false,
      });
      const found = hits.hits.flatMap(({ _source: source }) =>
        source === undefined ? [] : sampledOf(source, checked, now),
      );
      return found.slice(0, size);
    });
  }

  retain(before: number): Promise<number> {
    return this.#read('retain', () => this.#indices.retain(before));
  }

  erase(app: string, uid: string): Promise<number> {
    return this.#read('erase', () => erase(this.#erasing, app, uid));
  }

  ping(): Promise<void> {
    return this.#read('ping', async () => {
      await this.#end();
    });
  }

  async close(): Promise<void> {
    this.#closed = true;
    await this.#writer.end();
    await this.#client.close();
  }

  /** Up to `max` pushes by one of their documents, newest first; with the total where that is known by the way. */
  async #page(query: CheckedQuery, max: number, now: number, after: Position | undefined) {
    const several = findsTwice(query);
    const found: Source[] = [];
    let place = after;
    for (let size = max; ; size = Math.min(size * 4, DOCUMENTS_MAX)) {
      const { hits } = await this.#search<never>({
        query: pushesOf(query, now),
        size,
        sort: [{ c_time: 'desc' }, { message_id: 'desc' }],
        ...(place === undefined ? {} : { search_after: [place.c_time, place.message_id] }),
        _source: SUMMARY,
        track_total_hits: several ? false : TOTAL_MAX + 1,
      });
      for (const { _source: source } of hits.hits)
        if (source !== undefined && source.message_id !== found.at(-1)?.message_id) found.push(source);
      if (!several) return { found, total: typeof hits.total === 'object' ? hits.total.value : undefined };
      // What follows is older than the last push, so that its further documents are passed over.
      const last = found.at(-1);
      if (found.length >= max || hits.hits.length < size || last === undefined) return { found: found.slice(0, max) };
      place = { c_time: last.c_time ?? 0, message_id: last.message_id };
    }
  }

  /** How many pushes satisfy a query that finds some in several documents: those in one, and those in several. */
  async #count(query: CheckedQuery, now: number): Promise<number> {
    const max = TOTAL_MAX + 1;
    const documents = documentsOf(query, now);
    const among = (many: boolean) => ({ bool: { filter: [documents, { term: { many } }] } });
    const single = await this.#search<never>({ query: among(false), size: 0, track_total_hits: max });
    const n = typeof single.hits.total === 'object' ? single.hits.total.value : 0;
    if (n >= max) return n;
    const several = await this.#search<{ found: { count: number } }>({
      query: among(true),
      ...{ size: 0, track_total_hits: false, terminate_after: COUNTED_MAX },
      aggs: distinctPushes(max),
      filter_path: ['aggregations.found', 'terminated_early'],
    });
    return n + (several.terminated_early ? max : (several.aggregations?.found.count ?? 0));
  }

  /** The whole pushes with the counts of all their deliveries, those of further documents included. */
  async #summaries(found: Source[], now: number): Promise<PushSummary[]> {
    const pushes = found.flatMap((source) => {
      const push = pushOfSource(source);
      return push === undefined ? [] : [{ push, numbers: source.many ? undefined : numbersOf(source) }];
    });
    const ids = pushes.flatMap(({ push, numbers }) => (numbers === undefined ? allDocuments(push) : []));
    const sums = new Map<string, Numbers>();
    for (const doc of await readSources(this.#client, this.#indices, ids, NUMBERS)) {
      if (doc === undefined) continue;
      const sum = sums.get(doc.source.message_id) ?? { n: {}, last_at: 0, erased: 0 };
      sums.set(doc.source.message_id, sum);
      const { n, last_at, erased } = numbersOf(doc.source);
      sum.erased += erased;
      sum.last_at = Math.max(sum.last_at, last_at);
      for (const [name, number] of Object.entries(n)) sum.n[name] = (sum.n[name] ?? 0) + number;
    }
    return pushes.map(({ push, numbers = sums.get(push.message_id) }) => ({
      ...push,
      counts: countsOf(numbers?.n ?? {}, expiryOf(push) < now),
      ...(numbers?.last_at ? { last_at: numbers.last_at } : {}),
      ...(numbers?.erased ? { erased: numbers.erased } : {}),
    }));
  }

  /** The first document of a push as it is stored now. */
  async #head(messageId: string, fields?: Field[]): Promise<Source | undefined> {
    if (!isMessageId(messageId)) return undefined;
    const [head] = await readSources(this.#client, this.#indices, [{ messageId, group: 0 }], fields);
    return head?.source;
  }

  /** Facts of all deliveries of a push, or of the document that has those of a uid. */
  async #facts(push: PushRecord, head: Source, uid: string | undefined): Promise<[string, Facts][]> {
    const groups = groupsOf(push);
    const only = uid === undefined ? undefined : groupOf(push, uid, groups);
    const further = allDocuments(push).filter(({ group }) => group > 0 && (only === undefined || group === only));
    const docs = await readSources(this.#client, this.#indices, further, ['deliveries']);
    const sources = [head, ...docs.flatMap((doc) => (doc === undefined ? [] : [doc.source]))];
    return sources.flatMap((source) => [...deliveriesOfSource(source)]);
  }

  /** The time after the newest push, 0 when there is none. */
  async #end(): Promise<number> {
    const aggs = { newest: { max: { field: 'c_time' } } };
    const { aggregations } = await this.#search<{ newest: { value: number | null } }>({ size: 0, aggs });
    const newest = aggregations?.newest.value ?? null;
    return newest === null ? 0 : newest + 1;
  }

  async #aggregate<T>(query: CheckedQuery, now: number, aggs: ReturnType<typeof tallies>): Promise<T | undefined> {
    const found = await this.#search<T>({ query: documentsOf(query, now), size: 0, track_total_hits: false, aggs });
    return found.aggregations;
  }

  /** Over all days; nothing is found before the first write. Half an answer is none. */
  #search<Aggregations>(request: Omit<estypes.SearchRequest, 'index'>) {
    return this.#client.search<Source, Aggregations>({
      ...request,
      index: this.#indices.alias,
      ignore_unavailable: true,
      allow_partial_search_results: false,
    });
  }

  #read<T>(call: string, work: () => Promise<T>): Promise<T> {
    if (this.#closed) return Promise.reject(unavailable('the archive is closed'));
    return timed(this.#meters, call, () => whileThere(work));
  }
}

interface Numbers {
  n: Record<string, number>;
  /** 0 = nobody has it. */
  last_at: number;
  erased: number;
}

/** Only what was asked for is there. */
function numbersOf({ n = {}, last_at = 0, deliveries }: Partial<Source>): Numbers {
  return { n, last_at, erased: deliveries?.erased?.length ?? 0 };
}

function deliveryOf(push: PushRecord, uid: string, facts: Facts, now: number): DeliveryRecord {
  const expires_at = expiryOf(push);
  const status = statusOfState(stateOf(facts), expires_at < now);
  return { message_id: push.message_id, app: push.app, uid, status, expires_at, ...describeFacts(facts) };
}

/** The deliveries of a document that satisfy the query. */
function sampledOf(source: Source, { uid, status, node, reason }: CheckedQuery, now: number): SampledDelivery[] {
  const { message_id, app, c_time, expires_at } = source;
  if (app === undefined || c_time === undefined || expires_at === undefined) return [];
  const found: SampledDelivery[] = [];
  for (const [name, facts] of deliveriesOfSource(source)) {
    if (uid !== undefined && uid !== name) continue;
    const stands = statusOfState(stateOf(facts), expires_at < now);
    if (status !== undefined && !status.includes(stands)) continue;
    const by = foundBy(facts);
    if ((node !== undefined && by.node !== node) || (reason !== undefined && by.reason !== reason)) continue;
    found.push({ message_id, app, uid: name, status: stands, expires_at, ...describeFacts(facts), c_time });
  }
  return found;
}

function allDocuments(push: PushRecord): { messageId: string; group: number }[] {
  return Array.from({ length: groupsOf(push) }, (_, group) => ({ messageId: push.message_id, group }));
}
