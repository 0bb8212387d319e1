// Prints what append, advance and bind cost with 100 held entries per inbox: processor time of the whole process, per receiver.
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { formatSeq } from '@message-push/protocol';
import { createEmbeddedState } from '../src/index.ts';

const INBOXES = 320;
const GROUP = 32;
const HELD = 100;
const PASSES = 20;

const dir = mkdtempSync(join(tmpdir(), 'mp-inbox-cost-'));
let now = 1_800_000_000_000;
let offset = 0;
const state = await createEmbeddedState({ dir, clock: { now: () => now } });
const { inboxes } = state;
const receiver = (n: number) => ({ app: 'shop', uid: `person-${n}` });
const seqOf = (n: number) => formatSeq({ generation: 1, offset: n, index: 0 });
const last: string[] = [];
const spent = { append: 0, advance: 0, bind: 0 };

/** Groups of receivers, as the consumer and the nodes make them. */
async function measured(name: keyof typeof spent, call: (group: number[]) => Promise<unknown>): Promise<void> {
  const from = process.cpuUsage();
  for (let first = 0; first < INBOXES; first += GROUP) await call(Array.from({ length: GROUP }, (_, i) => first + i));
  const { user, system } = process.cpuUsage(from);
  spent[name] += user + system;
}

function arrival(n: number) {
  offset += 1;
  last[n] = seqOf(offset);
  const entry = {
    seq: seqOf(offset),
    message_id: offset.toString(16).padStart(32, '0'),
    expires_at: now + 3_600_000,
    c_time: now,
    message: { title: 'A title', content: 'x'.repeat(200) },
  };
  return { ...receiver(n), entry };
}

const move = (n: number) => ({ ...receiver(n), scope: 'p:pc', platform: 'pc', cursor: last[n] ?? '' });

const bind = (n: number) =>
  inboxes.bind(receiver(n), {
    bind: { node: 'node-1', incarnation: 'i1', ring_version: 1 },
    scope: 'p:pc',
    platform: 'pc',
    repeat: true,
    enqueued: last[n] ?? '',
    cursor: last[n] ?? '',
    issued_at: 0,
  });

/** Each inbox gets one entry and passes it; after the hold of 60 s one entry leaves for each that comes. */
async function pass(): Promise<void> {
  now += 60_000 / HELD;
  await measured('append', (group) => inboxes.append(group.map(arrival)));
  await measured('advance', (group) => inboxes.advance(group.map(move)));
  await measured('bind', (group) => Promise.all(group.map(bind)));
}

for (let i = 0; i < HELD + 10; i++) await pass();
for (const name of ['append', 'advance', 'bind'] as const) spent[name] = 0;
for (let i = 0; i < PASSES; i++) await pass();
for (const [name, micros] of Object.entries(spent))
  process.stdout.write(`${name}: ${(micros / PASSES / INBOXES).toFixed(1)} µs\n`);
await state.close();
rmSync(dir, { recursive: true });
