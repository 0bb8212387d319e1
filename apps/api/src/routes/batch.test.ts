import { APP_SETTINGS } from '@message-push/database';
import { ApiError, PUSH_LIMITS, type PushRequest } from '@message-push/protocol';
import { expect, test } from 'vitest';
import { success } from '../answers.ts';
import type { PushAnswer, PushContext } from '../push.ts';
import { type BatchContext, pushRows } from './batch.ts';

const app = {
  id: 'a',
  name: 'a',
  state: 'live' as const,
  settings: APP_SETTINGS,
  aliases: [],
  created_at: new Date(0),
};
const caller: BatchContext['caller'] = { app, credentialId: 'c' };

function batch(rows: object[], push: (request: PushRequest, context: PushContext) => Promise<PushAnswer>) {
  const pushes = { push: (_caller: unknown, request: PushRequest, context: PushContext) => push(request, context) };
  return pushRows({ pushes: rows }, { pushes, limits: PUSH_LIMITS, caller, traceparent: undefined, language: 'en' });
}

const row = (uids: unknown[], more: object = {}) => ({
  push_method: 1,
  audience: { uids },
  message: { content: 'x' },
  ...more,
});
const accepted = (message_id: string): PushAnswer => ({
  status: 200,
  body: JSON.stringify(success({ message_id, accepted: 1, unknown_devices: [] })),
});

test('others get their turn between the rows of a large batch', async () => {
  let turns = 0;
  let over = false;
  const other = () => {
    turns++;
    if (!over) setImmediate(other);
  };
  setImmediate(other);
  const uids = Array.from({ length: 250 }, (_, at) => at);
  const starts: number[] = [];
  const answers = await batch(
    Array.from({ length: 100 }, () => row(uids)),
    () => {
      starts.push(turns);
      return Promise.resolve(accepted('m'));
    },
  );
  over = true;
  expect(answers).toHaveLength(100);
  expect((starts.at(-1) ?? 0) - (starts[0] ?? 0)).toBeGreaterThanOrEqual(45);
});

test('a failure that is no row of its own fails the batch, also when it comes while others have their turn', async () => {
  const uids = Array.from({ length: 1_000 }, (_, at) => at);
  const broken = batch([row([1]), row(uids), row([2])], ({ uids: [uid] }) =>
    uid === '1' ? Promise.reject(new Error('broken')) : Promise.resolve(accepted('m')),
  );
  await expect(broken).rejects.toThrow('broken');
});

test('rows of one key are sent one after the other, whatever becomes of the first', async () => {
  const events: string[] = [];
  const answers = await batch(
    [row(['a'], { idempotency_key: 'k' }), row(['b']), row(['c'], { idempotency_key: 'k' })],
    async ({ uids: [uid] }) => {
      events.push(`start ${uid}`);
      await new Promise((resolve) => setImmediate(resolve));
      events.push(`end ${uid}`);
      if (uid === 'a') throw new ApiError('OVERLOADED');
      return accepted(String(uid));
    },
  );
  expect(answers).toMatchObject([{ error: 'OVERLOADED' }, { message_id: 'b' }, { message_id: 'c' }]);
  expect(events.indexOf('start c')).toBeGreaterThan(events.indexOf('end a'));
});
