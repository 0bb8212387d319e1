// Prints what a call to a store costs, alone and in groups: wall time, and processor time of the whole process.
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { openStore, type Store } from '../src/sqlite.ts';

const CALLS = 3200;

const dir = mkdtempSync(join(tmpdir(), 'mp-store-cost-'));
const store: Store<typeof import('../src/sqlite-fixture.ts')> = await openStore({
  file: join(dir, 'lines.db'),
  module: new URL('../src/sqlite-fixture.ts', import.meta.url),
  options: {},
  error: (cause) => new Error('the store failed', { cause }),
});

async function measure(name: string, group: number, call: (text: string) => Promise<unknown>): Promise<void> {
  const wall = performance.now();
  const cpu = process.cpuUsage();
  for (let first = 0; first < CALLS; first += group)
    await Promise.all(Array.from({ length: group }, (_, i) => call(`${name} ${group} ${first + i}`)));
  const { user, system } = process.cpuUsage(cpu);
  const per = (micros: number) => `${(micros / CALLS).toFixed(1)} µs`;
  const took = per((performance.now() - wall) * 1000);
  process.stdout.write(`${name}, groups of ${group}: ${took} wall, ${per(user + system)} processor\n`);
}

await measure('warming up', 32, (text) => store.call('add', { text }));
for (const group of [1, 32]) {
  await measure('write', group, (text) => store.call('add', { text }));
  await measure('read', group, () => store.call('last', undefined));
}
await store.close();
rmSync(dir, { recursive: true });
