// Prints what history costs with Elasticsearch: processor time of this process and rates of writing, and how long searches take.
// The environment names the server (ELASTICSEARCH_URL); arguments: pushes, pushes a batch. Removes what it wrote.
import { Client } from '@elastic/elasticsearch';
import type { Receipt } from '@message-push/protocol';
import { loadConfig, Metrics } from '@message-push/runtime';
import { type Archive, archiveFields, createArchive, type PushQuery, type QueuedPush } from '../src/index.ts';
import { push, queries, receipts, START } from './history.ts';

const PUSHES = Number(process.argv[2] ?? 100_000);
const BATCH = Number(process.argv[3] ?? 500);
const PREFIX = `mp_bench_${process.pid}_`;
const own = { ARCHIVE: 'elasticsearch', ELASTICSEARCH_PREFIX: PREFIX, ELASTICSEARCH_REPLICAS: '0' };
// biome-ignore lint/style/noProcessEnv: a main program
const config = loadConfig(archiveFields, { ...process.env, ...own });
const metrics = new Metrics();
const clock = { now: () => START + PUSHES };
const archive = await createArchive(config, { dir: '', clock, metrics });
const node = new Client({ node: config.elasticsearchUrl?.[0] ?? '' });
const say = (line: string) => process.stdout.write(`${line}\n`);

interface Batch {
  pushes: QueuedPush[];
  receipts: Receipt[];
}

/** Writes the batches and says what that took for each of `n`. */
async function measured(what: string, n: number, into: Archive, batches: Batch[]): Promise<void> {
  const cpu = process.cpuUsage();
  const from = performance.now();
  for (const batch of batches) await into.write(batch);
  const seconds = (performance.now() - from) / 1000;
  const { user, system } = process.cpuUsage(cpu);
  say(`${what}: ${((user + system) / n).toFixed(1)} µs of CPU each, ${Math.round(n / seconds)} a second`);
}

function cut<T>(list: T[]): T[][] {
  return Array.from({ length: Math.ceil(list.length / BATCH) }, (_, n) => list.slice(n * BATCH, (n + 1) * BATCH));
}

const outcomes = (pushes: QueuedPush[]) => pushes.flatMap((one) => receipts(one));

/** Milliseconds on the clock, median and longest of 15. */
async function timed(what: string, call: () => Promise<unknown>): Promise<void> {
  const times: number[] = [];
  for (let i = 0; i < 15; i++) {
    const from = performance.now();
    await call();
    times.push(performance.now() - from);
  }
  times.sort((a, b) => a - b);
  say(`${what}: ${times[7]?.toFixed(1)} ms, at most ${times.at(-1)?.toFixed(1)}`);
}

const some = PUSHES / 5;
const make = (n: number) => Array.from({ length: n }, (_, i) => push(i));
for (const pushes of cut(make(some))) await archive.write({ pushes, receipts: outcomes(pushes) }); // warms up
const together = cut(make(some)).map((pushes) => ({ pushes, receipts: outcomes(pushes) }));
await measured(`a push with its outcome (batches of ${BATCH})`, some, archive, together);
const early = cut(make(some));
const apart = early.map((pushes, n) => ({ pushes, receipts: outcomes(early[n - 1] ?? []) }));
await measured('a push, its outcome in the next batch', some, archive, apart);
for (const pushes of cut(make(some))) await archive.write({ pushes, receipts: outcomes(pushes) });
const late = make(some);
for (const pushes of cut(late)) await archive.write({ pushes, receipts: [] });
const other = await createArchive(config, { dir: '', clock });
const afterwards = cut(late).map((pushes) => ({ pushes: [], receipts: outcomes(pushes) }));
await measured('a late outcome, after a restart', some, other, afterwards);
const many = Array.from({ length: 1000 }, (_, n) => `many-${n}`);
const wide = Array.from({ length: 50 }, (_, n) => push(n, many));
const wideOutcomes = wide.map((one) => many.flatMap((uid) => receipts(one, uid)));
const wideBatches = wide.map((one, n) => ({ pushes: [one], receipts: wideOutcomes[n - 1] ?? [] }));
await measured('a delivery of a push to 1,000, outcomes in the next batch', 1000 * wide.length, archive, wideBatches);
const returning = wide.flatMap(({ message_id, app, c_time }, n) =>
  many.slice(n, n + 10).map((uid) => ({ message_id, app, uid, acked_at: c_time + 9 })),
);
const returns = cut(returning).map((receipts) => ({ pushes: [], receipts }));
await measured('a late outcome of a push to 1,000', returning.length, other, returns);
await node.indices.refresh({ index: `${PREFIX}*` });
const { indices } = await node.indices.stats({ index: `${PREFIX}*`, metric: ['store', 'docs'] });
for (const [name, { primaries }] of Object.entries(indices ?? {}))
  say(
    `${name.slice(PREFIX.length)}: ${primaries?.docs?.count} documents, ${Math.round((primaries?.store?.size_in_bytes ?? 0) / 1e6)} MB`,
  );
const all: Record<string, PushQuery> = {
  ...queries,
  'app, uid, status, text and time': { app: 'demo', uid: '7', status: ['written', 'acked'], text: '系统', from: START },
  'message id': { message_id: late[7]?.message_id ?? '' },
};
for (const [name, query] of Object.entries(all)) {
  const { total, totalIsLowerBound } = await archive.search(query, { limit: 50 });
  await timed(`first page, ${name} (${total}${totalIsLowerBound ? '+' : ''})`, () =>
    archive.search(query, { limit: 50 }),
  );
}
await timed('one push', () => archive.push(late[7]?.message_id ?? ''));
await timed('a page of 50 deliveries of 1,000', () => archive.deliveries(wide[7]?.message_id ?? '', { limit: 50 }));
await timed('histogram', () => archive.histogram({}, 1000));
await timed('histogram of a uid', () => archive.histogram({ uid: '7' }, 1000));
await timed('funnel', () => archive.funnel({}));
say((await metrics.getSingleMetricAsString('mp_archive_documents_total')).split('\n').slice(2).join('\n'));
for (const index of Object.keys(indices ?? {})) await node.indices.delete({ index });
await node.indices.deleteIndexTemplate({ name: `${PREFIX}*` });
await Promise.all([archive.close(), other.close(), node.close()]);
