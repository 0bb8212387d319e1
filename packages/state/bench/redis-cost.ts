// Prints what the calls on inboxes cost on the Redis of TEST_REDIS_URL, by how much an inbox holds: microseconds of processor time per
// receiver, of Redis and of this process.
import { formatSeq, SEQ_ZERO } from '@message-push/protocol';
import { Redis } from 'ioredis';
import { createRedisState } from '../src/redis/redis.ts';

const INBOXES = 400;
const GROUP = 400;
const ROUNDS = 10;
const HOLD_MS = 60_000;

// biome-ignore lint/style/noProcessEnv: where the server of a bench is, is the bench's own setting
const url = process.env.TEST_REDIS_URL ?? 'redis://127.0.0.1:6379';
let now = 1_800_000_000_000;
let offset = 0;
const admin = new Redis(url);
const prefix = `bench-${process.pid}:`;
const common = { cluster: false, timeoutMs: 60_000, callsMax: 100_000, lossWindowMs: 5000, sharedReceiversMin: 32 };
const state = await createRedisState({ urls: [url], prefix, ...common, clock: { now: () => now } });
const { inboxes } = state;
const last: string[] = [];

/** One figure per round: the best is told, since other programs on the machine only ever add to it. */
type Cost = { redis: number[]; process: number[] };

async function redisMicros(): Promise<number> {
  const info = await admin.info('cpu');
  const seconds = (name: string) => Number(new RegExp(`${name}:([\\d.]+)`).exec(info)?.[1]);
  return (seconds('used_cpu_user_main_thread') + seconds('used_cpu_sys_main_thread')) * 1e6;
}

/** Calls for all receivers, in groups as the consumer and the nodes make them. */
async function measured(total: Cost, call: (group: number[]) => Promise<unknown>): Promise<void> {
  const redis = await redisMicros();
  const from = process.cpuUsage();
  for (let first = 0; first < INBOXES; first += GROUP) await call(Array.from({ length: GROUP }, (_, i) => first + i));
  const { user, system } = process.cpuUsage(from);
  total.process.push((user + system) / INBOXES);
  total.redis.push(((await redisMicros()) - redis) / INBOXES);
}

const receiver = (size: number, n: number) => ({ app: 'shop', uid: `person-${size}-${n}` });

function arrival(size: number, n: number) {
  offset += 1;
  const seq = formatSeq({ generation: 1, offset, index: 0 });
  last[n] = seq;
  const message_id = offset.toString(16).padStart(32, '0');
  const message = { title: 'A title', content: 'x'.repeat(200) };
  const expires_at = now + 7 * 86_400_000;
  return { ...receiver(size, n), entry: { seq, message_id, expires_at, c_time: now, message } };
}

const move = (size: number, n: number) => ({
  ...receiver(size, n),
  scope: 'p:pc',
  platform: 'pc',
  cursor: last[n] ?? SEQ_ZERO,
});

const bindRequest = (n: number) => ({
  bind: { node: 'node-1', incarnation: '0123456789abcdef', ring_version: 12, serial: offset },
  scope: 'p:pc',
  platform: 'pc',
  repeat: true,
  enqueued: last[n] ?? SEQ_ZERO,
  cursor: last[n] ?? SEQ_ZERO,
  issued_at: 0,
});

/** Every person is online: each entry is passed at once and leaves after its hold. */
async function online(size: number): Promise<void> {
  const costs = { append: zero(), advance: zero(), bind: zero(), pull: zero() };
  const step = size === 0 ? HOLD_MS : HOLD_MS / size;
  for (let round = 0; round < size + ROUNDS; round++) {
    now += step;
    const isMeasured = round >= size;
    const into = isMeasured ? costs : { append: zero(), advance: zero(), bind: zero(), pull: zero() };
    await measured(into.append, (group) => inboxes.append(group.map((n) => arrival(size, n))));
    await measured(into.advance, (group) => inboxes.advance(group.map((n) => move(size, n))));
    if (!isMeasured && round > 0) continue;
    await measured(into.bind, (group) =>
      Promise.all(group.map((n) => inboxes.bind(receiver(size, n), bindRequest(n)))),
    );
    const reading = { scope: 'p:pc', platform: 'pc', bytesMax: 65_536 };
    await measured(into.pull, (group) =>
      Promise.all(group.map((n) => inboxes.pull(receiver(size, n), { ...reading, after: last[n] ?? SEQ_ZERO }))),
    );
  }
  print(`online, ${size} held`, costs);
}

/** Everybody has read everything long ago: a bind records the session again, as after each new connection to Redis. */
async function atRest(size: number): Promise<void> {
  const costs = { bind: zero() };
  now += 10 * HOLD_MS;
  for (let round = 0; round <= ROUNDS; round++)
    await measured(round > 0 ? costs.bind : zero(), (group) =>
      Promise.all(group.map((n) => inboxes.bind(receiver(size, n), bindRequest(n)))),
    );
  print('at rest', costs);
}

/** Nobody is there: entries pile up, and when the inbox is full each new one pushes one out. */
async function absent(size: number): Promise<void> {
  const costs = { append: zero() };
  for (let round = 0; round < size + ROUNDS; round++) {
    now += 1000;
    await measured(round >= size ? costs.append : zero(), (group) =>
      inboxes.append(group.map((n) => arrival(size, n + INBOXES))),
    );
  }
  print(`absent, ${size} held`, costs);
}

function zero(): Cost {
  return { redis: [], process: [] };
}

function print(name: string, costs: Record<string, Cost>): void {
  for (const [call, cost] of Object.entries(costs))
    process.stdout.write(
      `${name.padEnd(18)} ${call.padEnd(8)} redis ${Math.min(...cost.redis)
        .toFixed(1)
        .padStart(6)} µs   process ${Math.min(...cost.process)
        .toFixed(1)
        .padStart(5)} µs\n`,
    );
}

for (const size of [0, 10, 200]) await online(size);
await atRest(10);
for (const size of [10, 195, 210]) await absent(size);
await state.close();
for await (const keys of admin.scanStream({ match: `${prefix}*`, count: 1000 }))
  if (keys.length > 0) await admin.unlink(...keys);
admin.disconnect();
