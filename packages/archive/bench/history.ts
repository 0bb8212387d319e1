// The history that the benches write, and the queries they ask: the same in every run.
import { formatSeq, messageIdAt, type Receipt } from '@message-push/protocol';
import type { PushQuery, QueuedPush } from '../src/index.ts';

export const START = 1_790_000_000_000;
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

/** Push `n` of 1,500 a second, to one of 1,000 users or to the given ones. */
export function push(n: number, uids = [String(random(1000))]): QueuedPush {
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
    ...{ c_time, ttl_s: 86_400, accepted: uids.length, uids, partition: random(4), queued_at: c_time + 2 },
    ...{ offset: n, seq: formatSeq({ generation: 1, offset: n, index: 0 }) },
  };
}

/** Nine of ten are written, of these four acknowledged; one is offline, and one in 5,000 is dead. */
export function receipts({ message_id, app, uids, seq, c_time }: QueuedPush, uid = uids[0] ?? ''): Receipt[] {
  const base = { message_id, app, uid };
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

export const queries: Record<string, PushQuery> = {
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
