// What an archive promises about its speed: the first page of an operator's query among 100,000 pushes.
import type { DeliveryStatus, Receipt } from '@message-push/protocol';
import { describe, expect, test } from 'vitest';
import type { Scene } from './conformance.ts';
import { Builder, FACTS, receipt, START } from './conformance-world.ts';
import type { PushQuery, QueuedPush } from './index.ts';

const PUSHES = 100_000;
/** Pushes of one write, as the history gathers them. */
const BATCH = 2_000;
/** From 1,000 pushes a second. */
const EVERY_MS = 1;
const PAGE = 50;
const FIRST_PAGE_MS = 500;
/** The first queries warm up; of a loaded machine the quickest of several tells what the archive itself takes. */
const TRIES = 12;
/** Writing them takes longer than the lane's tests may hang. */
const TIME_LIMIT_MS = 300_000;

const WORDS = ['维护', '订单', '系统', '通知', '支付', '活动', '余额', '登录', '物流', '退款'];
const OTHERS = ['请提前保存您的工作', '已经发货', '将于今晚十点开始', 'order', 'shipped', 'hello'];

interface Sent {
  push: QueuedPush;
  word: string;
  status: DeliveryStatus;
}

export function volumeConformance(scene: Scene): void {
  describe(`among ${PUSHES} pushes`, () => {
    test(`the first page of a Chinese word, an app, a status and a time takes at most ${FIRST_PAGE_MS} ms`, {
      timeout: TIME_LIMIT_MS,
    }, async () => {
      const { sent, apps } = await manyPushes(scene);
      for (const status of ['acked', 'written', 'offline', 'dead'] as const) {
        const quickest = await quickestOf(scene, sent, (n) => ({
          ...{ app: apps[n % apps.length] ?? '', text: WORDS[(n * 3) % WORDS.length] ?? '', status: [status] },
          // Another time with each try: nothing is answered from what was asked before.
          ...{ from: START + 1_000 * n, to: START + PUSHES * EVERY_MS - 2_000 * n },
        }));
        expect(quickest, status).toBeLessThanOrEqual(FIRST_PAGE_MS);
      }
    });
  });
}

/** Asks until one answer is in time, or all tries are over; each answer must be right. Answers the milliseconds of the quickest. */
async function quickestOf({ archive }: Scene, sent: Sent[], queryOf: (n: number) => PushQuery): Promise<number> {
  let quickest = Number.POSITIVE_INFINITY;
  for (let n = 0; n < TRIES && quickest > FIRST_PAGE_MS; n++) {
    const query = queryOf(n);
    const began = performance.now();
    const { items, total } = await archive.search(query, { limit: PAGE });
    quickest = Math.min(quickest, performance.now() - began);
    const expected = matching(sent, query);
    expect(total).toBe(expected.length);
    expect(items.map(({ message_id }) => message_id)).toEqual(expected.slice(0, PAGE));
  }
  return quickest;
}

/** Newest first. */
function matching(sent: Sent[], { app, text, status, from = 0, to = Number.POSITIVE_INFINITY }: PushQuery): string[] {
  const found = sent.filter(
    ({ push, ...is }) =>
      push.app === app && is.word === text && status?.includes(is.status) && push.c_time >= from && push.c_time < to,
  );
  return found.map(({ push }) => push.message_id).toReversed();
}

/** To 1,000 users of three apps: nine of ten written, four of these acknowledged; one is offline, and one in 500 is dead. */
async function manyPushes(scene: Scene): Promise<{ sent: Sent[]; apps: string[] }> {
  const builders = [new Builder(), new Builder(), new Builder()];
  const sent: Sent[] = [];
  while (sent.length < PUSHES) {
    const pushes: QueuedPush[] = [];
    const receipts: Receipt[] = [];
    for (let i = 0; i < BATCH; i++) {
      const n = sent.length;
      const word = WORDS[(n * 7) % WORDS.length] ?? '';
      const content = [0, 1, 2].map((k) => OTHERS[(n * 5 + k * (1 + (n % 4))) % OTHERS.length]).join(' ');
      const uids = [String((n * 13) % 1000)];
      const c_time = START + n * EVERY_MS;
      const push = builders[n % 3]?.push({ c_time, uids, title: `${word} ${n % 100}`, content, content_type: 'text' });
      if (push === undefined) throw new Error('there are three builders');
      const status = statusOf(n);
      sent.push({ push, word, status });
      pushes.push(push);
      receipts.push(receipt(push, { ...FACTS[status], node: `node-${n % 5}` }));
    }
    await scene.archive.write({ pushes, receipts });
  }
  await scene.bench.settle?.();
  return { sent, apps: builders.map(({ app }) => app) };
}

function statusOf(n: number): 'acked' | 'written' | 'offline' | 'dead' {
  // Apart from the period of words and apps, so that each status comes with each of them.
  const luck = Math.floor(n / 30) % 500;
  if (luck === 0) return 'dead';
  return luck < 50 ? 'offline' : luck < 230 ? 'acked' : 'written';
}
