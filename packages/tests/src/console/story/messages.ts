// The messages of the pictures: Chinese and English, long and hostile texts, every status; by the contracts of the console.
import type {
  BucketView,
  ClauseCount,
  DeliveryRow,
  FailureReason,
  FunnelView,
  LatencyView,
  MessageRow,
  PreviewRow,
  Trace,
} from '@message-push/protocol/admin';
import { NOW } from './time.ts';

const id = (n: number) => `01a208bf${n.toString(16).padStart(24, '0')}`;
export const ACKED = id(1);
export const OFFLINE = id(2);

interface Draft {
  title: string;
  content: string;
  counts: MessageRow['counts'];
  app?: string;
  platform?: string;
}

const drafts: Draft[] = [
  { title: '系统维护通知', content: '今晚 23:00 至 23:30 进行系统维护，期间消息可能延迟送达。', counts: { acked: 1 } },
  { title: 'Your parcel is out for delivery', content: 'It arrives today between 3 and 5 pm.', counts: { offline: 1 } },
  {
    title: '订单已发货',
    content: '您的订单 20261123-0042 已由顺丰发出。',
    counts: { acked: 640, written: 212, offline: 148 },
  },
  { title: '<script>alert("x")</script>', content: '<img src=x onerror=alert(1)>', counts: { written: 1 } },
  {
    title: 'a'.repeat(64),
    content: 'One word of 64 letters in the title. 👩‍👩‍👧‍👦🎉',
    counts: { expired: 1 },
    app: 'billing',
  },
  {
    title: 'تنبيه أمني',
    content: 'تم تسجيل الدخول إلى حسابك من جهاز جديد.',
    counts: { acked: 2, recalled: 1 },
    platform: 'ios',
  },
  {
    title: '验证码',
    content: '您的验证码是 482913，5 分钟内有效。',
    counts: { dead: 1 },
    app: 'billing',
    platform: 'h5',
  },
  { title: '活动提醒', content: '双十二预热会场已开启，点击查看。', counts: { acked: 3, routed: 1, queued: 2 } },
];

export const messages: MessageRow[] = Array.from({ length: 24 }, (_, n) => {
  const draft = drafts[n % drafts.length] ?? { title: '', content: '', counts: {} };
  const accepted = Object.values(draft.counts).reduce((sum, count) => sum + (count ?? 0), 0);
  return {
    message_id: id(n + 1),
    app_key: draft.app ?? 'demo',
    platform: draft.platform ?? 'all',
    message: { title: draft.title, content: draft.content, content_type: 'text', extras: '{"order":42}' },
    c_time: NOW - 8_000 - n * 47_000,
    ttl_s: 86_400,
    accepted,
    counts: draft.counts,
    ...((draft.counts.acked ?? draft.counts.written) !== undefined && {
      last_at: NOW - 8_000 - n * 47_000 + 21 + n * 13,
    }),
  };
});

export function messageOf(messageId: string): MessageRow | undefined {
  return messages.find(({ message_id }) => message_id === messageId);
}

const times = (from: number, ...steps: number[]) => steps.map((step) => from + step);

export function deliveriesOf(messageId: string): DeliveryRow[] {
  const message = messageOf(messageId);
  if (message === undefined) return [];
  return Object.entries(message.counts)
    .flatMap(([status, count]) => Array.from({ length: Math.min(count ?? 0, 60) }, () => status))
    .map((status, i): DeliveryRow => {
      const [queued = 0, routed = 0, written = 0, acked = 0] = times(message.c_time, 2, 5, 6, 21);
      const reached = status === 'acked' || status === 'written' || status === 'routed';
      return {
        message_id: messageId,
        uid: String(57_098_049 + i * 7),
        // The keys of `counts` are statuses.
        status: status as DeliveryRow['status'],
        queued_at: queued,
        expires_at: message.c_time + message.ttl_s * 1_000,
        partition: i % 12,
        offset: 40_117 + i,
        seq: `1-${i % 12}-${40_117 + i}`,
        ...(reached && { routed_at: routed, node: '192.168.105.13:7100', ring_version: 12 }),
        ...((status === 'acked' || status === 'written') && {
          written_at: written,
          gateway: 'gateway-1',
          session_id: '9f2c1d0e4b7a4a41',
          platform: 'h5',
        }),
        ...(status === 'acked' && { acked_at: acked }),
        ...(status === 'offline' && { offline_at: routed }),
        ...(status === 'expired' && { offline_at: routed, evicted_at: routed + 9_000, reason: 'inbox full' }),
        ...(status === 'recalled' && { recalled_at: routed + 4_000 }),
        ...(status === 'dead' && { dead_at: routed, reason: 'the push cannot be read' }),
      };
    });
}

export function traceOf(messageId: string): Trace[] {
  const message = messageOf(messageId);
  const delivery = deliveriesOf(messageId)[0];
  if (message === undefined || delivery === undefined) return [];
  const { queued_at, routed_at, written_at, acked_at } = delivery;
  const at = (time: number | undefined) => (time === undefined ? {} : { at: time });
  return [
    {
      message,
      delivery,
      hops: [
        { hop: 'api', at: message.c_time, detail: {} },
        { hop: 'bus', ...at(queued_at), detail: { topic: 'pushes', partition: 3, offset: 40_117 } },
        { hop: 'consumer', ...at(routed_at ?? delivery.offline_at), detail: { lag: 0 } },
        {
          hop: 'node',
          ...at(routed_at),
          detail: { node: '192.168.105.13:7100', ring_version: 12, hash: 2_118_400_719, point: 2_119_032_001 },
        },
        {
          hop: 'gateway',
          ...at(written_at),
          detail: { gateway: 'gateway-1', session_id: '9f2c1d0e4b7a4a41', platform: 'h5' },
        },
        { hop: 'client', ...at(acked_at), detail: { acknowledges: true } },
      ],
      ...(delivery.status === 'offline' && {
        gap: { hop: 'node' as const, since: delivery.offline_at ?? NOW, expected_ms: 2_000, cause: 'offline' as const },
      }),
      terminal: delivery.status === 'acked',
    },
  ];
}

/** What the history asks for: a day, by the half hour. */
const HALF_HOUR_MS = 1_800_000;
export const histogram: BucketView[] = Array.from({ length: 48 }, (_, i) => ({
  from: NOW - (48 - i) * HALF_HOUR_MS,
  counts: {
    acked: 40 + ((i * 37) % 50),
    written: 8 + ((i * 11) % 9),
    offline: (i * 5) % 12,
    expired: i % 9 === 0 ? 4 : 0,
  },
}));
export const funnel: FunnelView[] = [{ accepted: 4_120, routed: 3_871, written: 3_868, acked: 3_402 }];
export const latency: LatencyView[] = [
  {
    sample: 2_000,
    hops: [
      { hop: 'bus', p50: 2, p95: 5, p99: 11 },
      { hop: 'node', p50: 3, p95: 8, p99: 19 },
      { hop: 'socket', p50: 1, p95: 2, p99: 6 },
      { hop: 'ack', p50: 14, p95: 61, p99: 140 },
      { hop: 'total', p50: 21, p95: 74, p99: 168 },
    ],
  },
];
export const failures: FailureReason[] = [
  { status: 'expired', reason: 'inbox full', count: 12 },
  { status: 'expired', reason: 'time-to-live ended', count: 7 },
  { status: 'dead', reason: 'the push cannot be read', count: 1 },
];
export const clauses: ClauseCount[] = [
  { clause: 'status:dead', total: 1, total_is_lower_bound: false },
  { clause: 'text:维护', total: 0, total_is_lower_bound: false },
];
export const preview: PreviewRow[] = [
  { uid: '57098049', online: true, node: '192.168.105.13:7100' },
  { uid: '57098056', online: false, node: '192.168.105.12:7100' },
];
