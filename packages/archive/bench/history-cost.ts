// Prints what a push with one delivery costs to write, and what searches cost at 100,000 pushes: processor time of the whole process.
import { mkdtempSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { formatSeq, messageIdAt, type Receipt } from '@message-push/protocol';
import { createEmbeddedArchive, type PushQuery, type QueuedPush } from '../src/index.ts';

const PUSHES = Number(process.argv[2] ?? 100_000);
const BATCH = Number(process.argv[3] ?? 300);
const START = 1_790_000_000_000;
const HAN = '系统将于今晚十点维护请提前保存您的订单已经发货支付成功验证码欢迎使用消息推送服务通知活动优惠账户余额';
const LATIN = ['order', 'shipped', 'hello', 'payment', 'system', 'v12', 'notice', 'code'];

let seed = 7;
/** Mulberry32: the same history in every run. */
function random(n: number): number {
  seed = (seed + 0x6d2b79f5) | 0;
  let t = Math.imul(seed ^ (seed >>> 15), 1 | seed);
  t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t;
  return ((t ^ (t >>> 14)) >>> 0) % n;
}

function push(n: number): QueuedPush {
  const c_time = START + Math.floor((n * 2) / 3); // 1,500 a second
  const han = Array.from({ length: 24 }, () => HAN[random(HAN.length)]).join('');
  const words = `${LATIN[random(8)]} ${random(1e6)},${LATIN[random(8)]}`;
  return {
    ...{
      message_id: messageIdAt(
        c_time,
        Uint8Array.from({ length: 10 }, () => random(256)),
      ),
      app: 'demo',
    },
    message: { title: `通知${random(100)}`, content: `${han} ${words}`, content_type: 'text' },
    ...{
      c_time,
      ttl_s: 86_400,
      accepted: 1,
      uids: [String(random(1000))],
      partition: random(4),
      queued_at: c_time + 2,
    },
    ...{ offset: n, seq: formatSeq({ generation: 1, offset: n, index: 0 }) },
  };
}

/** Nine of ten are written, of these four acknowledged; one is offline, and one in 5,000 is dead. */
function receipts({ message_id, app, uids, seq, c_time }: QueuedPush): Receipt[] {
  const base = { message_id, app, uid: uids[0] ?? '' };
  const luck = random(5000);
  if (luck === 0) return [{ ...base, dead_at: c_time + 4, reason: 'cannot be read' }];
  if (luck < 500) return [{ ...base, offline_at: c_time + 4 }];
  const acked = luck < 2300 ? { acked_at: c_time + 9 } : {};
  const session = { gateway: 'gateway-1', session_id: 'abcdef0123456789', platform: 'h5' };
  return [
    { ...base, seq, node: 'node-1', routed_at: c_time + 4, ring_version: 3 },
    { ...base, node: 'node-1', ...session, written_at: c_time + 6, ...acked },
  ];
}

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
  const batch = { pushes, receipts: pushes.flatMap(receipts) };
  const from = process.cpuUsage();
  await archive.write(batch);
  const { user, system } = process.cpuUsage(from);
  spent += user + system;
}
say(`write, batches of ${BATCH}: ${(spent / PUSHES).toFixed(1)} µs of CPU per push with its delivery and receipts`);
say(`disk: ${Math.round(statSync(join(dir, 'archive.db')).size / PUSHES)} bytes per push`);
const queries: Record<string, PushQuery> = {
  'newest first': {},
  uid: { uid: '7' },
  'frequent word': { text: 'order' },
  'Chinese phrase': { text: '系统将' },
  'one character': { text: '维' },
  'status acked': { status: ['acked'] },
  'status offline': { status: ['offline'] },
  'status dead': { status: ['dead'] },
  'word, uid and status': { text: '通知', uid: '7', status: ['written'] },
};
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
