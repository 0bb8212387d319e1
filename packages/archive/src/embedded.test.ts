import { type ChildProcess, spawn } from 'node:child_process';
import { existsSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { fileURLToPath } from 'node:url';
import { ApiError } from '@message-push/protocol';
import { loadConfig, Metrics, systemClock } from '@message-push/runtime';
import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { archiveFields } from './config.ts';
import { Builder, FACTS, receipt, START } from './conformance-world.ts';
import {
  type Archive,
  createArchive,
  createEmbeddedArchive,
  type EmbeddedArchiveOptions,
  type PushQuery,
} from './index.ts';
import { migrations } from './schema.ts';
import { Writer } from './write.ts';

// Tests here start processes and write tens of thousands of rows.
vi.setConfig({ testTimeout: 60_000 });

let dir: string;
let child: ChildProcess | undefined;
const open: Archive[] = [];

beforeEach(() => {
  dir = mkdtempSync(join(tmpdir(), 'mp-archive-'));
});
afterEach(async () => {
  child?.kill('SIGKILL');
  child = undefined;
  await Promise.all(open.splice(0).map((archive) => archive.close()));
  rmSync(dir, { recursive: true });
});

async function archiveHere(options: Partial<EmbeddedArchiveOptions> = {}): Promise<Archive> {
  const archive = await createEmbeddedArchive({ dir, clock: systemClock, ...options });
  open.push(archive);
  return archive;
}

/** What a first start makes, in this order. */
const MADE = ['archive.db.new', 'archive.db', 'archive.db-wal'];

test.for(MADE)('a process killed as soon as it has made %s leaves an archive that opens', async (file) => {
  const program = fileURLToPath(new URL('./write-until-killed.ts', import.meta.url));
  child = spawn(process.execPath, [program, dir], { stdio: ['ignore', 'ignore', 'inherit'] });
  const ended = exit(child);
  await appears(MADE.slice(MADE.indexOf(file)), child);
  child.kill('SIGKILL');
  expect(await ended).toBe('SIGKILL');
  const archive = await archiveHere();
  const push = new Builder().push({ content: '维护' });
  await archive.write({ pushes: [push], receipts: [] });
  expect((await archive.search({ text: '维护' }, { limit: 1 })).total).toBe(1);
});

test('a long search lets writes pass', async () => {
  const archive = await archiveHere();
  const build = new Builder();
  const pushes = Array.from({ length: 20_000 }, (_, n) => build.push({ c_time: START + n }));
  await archive.write({ pushes, receipts: [] });
  let searching = true;
  const histogram = archive.histogram({ from: START }, 1000).finally(() => {
    searching = false;
  });
  let writes = 0;
  for (; searching; writes++) await archive.write({ pushes: [build.push()], receipts: [] });
  await histogram;
  expect(writes).toBeGreaterThan(4);
});

test('an archive of an older release opens, and what it holds is found by node and reason', async () => {
  const build = new Builder();
  const [full, late] = [build.push(), build.push()];
  const db = new DatabaseSync(join(dir, 'archive.db'));
  for (const script of migrations.slice(0, 2)) db.exec(script);
  db.exec('PRAGMA user_version = 2');
  const evicted = { ...receipt(full, FACTS.expired), node: 'node-1' };
  const acked = { ...receipt(late, FACTS.acked), node: 'node-1' };
  const receipts = [evicted, acked, receipt(late, FACTS.offline)];
  new Writer(db).write({ pushes: [full, late], receipts });
  db.close();
  const archive = await archiveHere();
  const found = async (query: PushQuery) =>
    (await archive.search(query, { limit: 10 })).items.map(({ message_id }) => message_id);
  expect(await found({ node: 'node-1' })).toEqual([late.message_id, full.message_id]);
  expect(await found({ reason: 'inbox full' })).toEqual([full.message_id]);
  expect(await found({ reason: 'nobody is online' })).toEqual([]); // it went further
});

test('a search with too much to look through is refused, and a total says that it was cut short', async () => {
  const archive = await archiveHere({ scanMax: 5000 });
  const build = new Builder();
  const pushes = Array.from({ length: 10_000 }, (_, n) => build.push({ c_time: START + n, content_type: 'text' }));
  await archive.write({ pushes, receipts: [] });
  const refused = expect.objectContaining({ code: 'INVALID_QUERY' });
  await expect(archive.search({ content_type: 'html' }, { limit: 10 })).rejects.toEqual(refused);
  await expect(archive.funnel({})).rejects.toEqual(refused);
  await expect(archive.histogram({}, 1000)).rejects.toEqual(refused);
  expect((await archive.funnel({ from: START + 9000 })).accepted).toBe(1000);
  const page = await archive.search({ content_type: 'text' }, { limit: 10 });
  expect([page.items.length, page.totalIsLowerBound]).toEqual([10, true]);
  expect(page.total).toBeGreaterThanOrEqual(4000);
});

test('what can never be stored is refused as such and changes nothing, beside writes that are stored', async () => {
  const archive = await archiveHere();
  const build = new Builder();
  const good = build.push();
  const ghost = build.push({ content: 'ghost', c_time: START + 7 });
  // Pushes that no reader of the bus would let through.
  const broken = [{ app: undefined as never }, { app: null as never }, { c_time: Number.NaN }];
  const [stored, ...refused] = await Promise.allSettled([
    archive.write({ pushes: [good], receipts: [receipt(good, FACTS.acked)] }),
    ...broken.map((wrong) => archive.write({ pushes: [ghost, { ...build.push(), ...wrong }], receipts: [] })),
  ]);
  expect(stored?.status).toBe('fulfilled');
  for (const result of refused) {
    const reason = result.status === 'rejected' ? result.reason : undefined;
    expect(reason).toBeInstanceOf(Error);
    expect(reason).not.toBeInstanceOf(ApiError);
  }
  await archive.write({ pushes: [build.push({ content: 'other', c_time: ghost.c_time })], receipts: [] });
  expect((await archive.search({}, { limit: 10 })).items.map(({ message }) => message.content)).toEqual([
    'other',
    good.message.content,
  ]);
  expect((await archive.search({ text: 'ghost' }, { limit: 10 })).items).toEqual([]);
});

test('a batch of any size is written in parts, so that a search gets in between', async () => {
  const archive = await archiveHere();
  const build = new Builder();
  const uids = Array.from({ length: 1000 }, (_, n) => String(n));
  const pushes = Array.from({ length: 20 }, () => build.push({ uids }));
  const receipts = pushes.flatMap((push) => uids.map((uid) => ({ ...receipt(push, FACTS.acked), uid })));
  for (const batch of [
    { pushes, receipts: [] },
    { pushes: [], receipts },
  ]) {
    const ended: string[] = [];
    const written = archive.write(batch).then(() => ended.push('write'));
    const searched = archive.search({}, { limit: 1 }).then(() => ended.push('search'));
    await Promise.all([written, searched]);
    expect(ended).toEqual(['search', 'write']);
  }
  expect(await archive.funnel({})).toEqual({ accepted: 20_000, routed: 20_000, written: 20_000, acked: 20_000 });
});

test('the configuration names the archive, and refuses one that does not exist in a sentence', async () => {
  const metrics = new Metrics();
  const archive = await createArchive(loadConfig(archiveFields, {}), { dir, clock: systemClock, metrics });
  open.push(archive);
  await archive.write({ pushes: [new Builder().push()], receipts: [] });
  await archive.search({}, { limit: 1 });
  const told = await metrics.metrics();
  expect(told).toContain('mp_archive_written_total{what="push"} 1');
  expect(told).toContain('mp_archive_read_seconds_count{call="search"} 1');
  expect(() => loadConfig(archiveFields, { ARCHIVE: 'solr' })).toThrow(
    'ARCHIVE: must be "embedded" or "elasticsearch"',
  );
});

function exit(child: ChildProcess): Promise<string | number | null> {
  return new Promise((resolve) => child.once('exit', (code, signal) => resolve(signal ?? code)));
}

/** Waits for one of the files without pause: what makes them goes on at once. */
async function appears(files: string[], child: ChildProcess): Promise<void> {
  while (!files.some((file) => existsSync(join(dir, file)))) {
    if (child.exitCode !== null) throw new Error(`the process ended with ${child.exitCode} before it made ${files}`);
    await new Promise((resolve) => setImmediate(resolve));
  }
}
