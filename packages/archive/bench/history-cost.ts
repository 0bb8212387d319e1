// Prints what a push with one delivery costs to write, and what searches cost at 100,000 pushes: processor time of the whole process.
import { mkdtempSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createEmbeddedArchive } from '../src/index.ts';
import { push, queries, receipts, START } from './history.ts';

const PUSHES = Number(process.argv[2] ?? 100_000);
const BATCH = Number(process.argv[3] ?? 300);
const dir = mkdtempSync(join(tmpdir(), 'mp-history-cost-'));
const archive = await createEmbeddedArchive({ dir, clock: { now: () => START + PUSHES } });
const say = (line: string) => process.stdout.write(`${line}\n`);

/** Processor milliseconds of a call, the least of five. */
async function cost(call: () => Promise<unknown>): Promise<number> {
  let least = Number.POSITIVE_INFINITY;
  for (let i = 0; i < 5; i++) {
    const from = process.cpuUsage();
    await call();
    const { user, system } = process.cpuUsage(from);
    least = Math.min(least, (user + system) / 1000);
  }
  return least;
}

let spent = 0;
for (let n = 0; n < PUSHES; n += BATCH) {
  const pushes = Array.from({ length: Math.min(BATCH, PUSHES - n) }, (_, i) => push(n + i));
  const batch = { pushes, receipts: pushes.flatMap((one) => receipts(one)) };
  const from = process.cpuUsage();
  await archive.write(batch);
  const { user, system } = process.cpuUsage(from);
  spent += user + system;
}
say(`write, batches of ${BATCH}: ${(spent / PUSHES).toFixed(1)} µs of CPU per push with its delivery and receipts`);
say(`disk: ${Math.round(statSync(join(dir, 'archive.db')).size / PUSHES)} bytes per push`);
for (const [name, query] of Object.entries(queries))
  say(`first page, ${name}: ${(await cost(() => archive.search(query, { limit: 50 }))).toFixed(1)} ms`);
say(`histogram: ${(await cost(() => archive.histogram({}, 1000))).toFixed(0)} ms`);
say(`funnel: ${(await cost(() => archive.funnel({}))).toFixed(0)} ms`);
const from = process.cpuUsage();
const removed = await archive.retain(START + PUSHES / 3);
const { user, system } = process.cpuUsage(from);
say(`retain: ${((user + system) / removed).toFixed(1)} µs per push removed`);
await archive.close();
rmSync(dir, { recursive: true });
