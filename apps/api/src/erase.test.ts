// A person is erased: inbox, devices and history go, sessions first; another app's same uid stays; it can be repeated.
import { ApiError, formatSeq, messageIdAt } from '@message-push/protocol';
import { afterAll, beforeAll, expect, test } from 'vitest';
import type { EraseDeps } from './erase.ts';
import { erase } from './erase.ts';
import { basic, call, openWorld, type RunningApi, replaced, type World } from './world.ts';

let world: World;
let api: RunningApi;

beforeAll(async () => {
  world = await openWorld();
  api = await world.api({ API_RECALL_WAIT_MS: '300' });
}, 60_000);
afterAll(() => world.close());

const ZERO = '0'.repeat(22);
let numbers = 0;

/** A message that waits in the inboxes of these users and is in the history. */
async function pushed(app: string, uids: string[]): Promise<string> {
  const now = Date.now();
  const offset = ++numbers;
  const message_id = messageIdAt(now, new Uint8Array(10).fill(offset));
  const seq = formatSeq({ generation: 1, offset, index: 0 });
  const message = { content: 'hello' };
  const entry = { seq, message_id, expires_at: now + 60_000, c_time: now, message };
  await world.state.inboxes.append(uids.map((uid) => ({ app, uid, entry })));
  const place = { partition: 0, offset, seq, queued_at: now };
  const pushes = [{ message_id, app, message, c_time: now, ttl_s: 60, accepted: uids.length, uids, ...place }];
  await world.archive.write({ pushes, receipts: [] });
  return message_id;
}

/** Binds a device of this user to a node of this incarnation. */
function bind(app: string, uid: string, incarnation: string, deviceId: string) {
  const session = { scope: `d:${deviceId}`, platform: 'h5', repeat: false, enqueued: ZERO, cursor: ZERO, issued_at: 0 };
  const at = { node: 'n', incarnation, ring_version: 0 };
  return world.state.inboxes.bind({ app, uid }, { ...session, bind: at });
}

const held = async (app: string, uid: string) => {
  const request = { scope: 'p:h5', platform: 'h5', after: ZERO, bytesMax: 1e6 };
  return (await world.state.inboxes.pull({ app, uid }, request)).entries.length;
};

test('inbox, devices and history are gone, those of others stay, and a repetition finds nothing', async () => {
  const [app, stranger] = [await world.app(), await world.app()];
  await pushed(app.id, ['ann']);
  const shared = await pushed(app.id, ['ann', 'bob']);
  await pushed(stranger.id, ['ann']);
  // A node that is in no ring any more: its record holds nobody up.
  await bind(app.id, 'ann', 'gone', 'phone');
  await world.state.claimDevice(app.id, 'phone', 'ann');
  const answer = await call(api, basic(app), 'DELETE', '/users/ann');
  expect([answer.status, answer.body.data]).toEqual([200, [{ uid: 'ann', sessions: 0, deliveries: 2 }]]);
  expect(await Promise.all(['ann', 'bob'].map((uid) => held(app.id, uid)))).toEqual([0, 1]);
  expect(await world.state.inboxes.binds([{ app: app.id, uid: 'ann' }])).toEqual([[]]);
  expect(await world.state.resolveDevices(app.id, ['phone'])).toEqual([undefined]);
  expect((await call(api, basic(app), 'GET', '/pushes?uid=ann')).body.data).toEqual([]);
  const others = (await call(api, basic(app), 'GET', `/pushes/${shared}/deliveries`)).body.data;
  expect(others.map(({ uid }) => uid)).toEqual(['bob']);
  expect([
    await held(stranger.id, 'ann'),
    (await call(api, basic(stranger), 'GET', '/pushes')).body.data.length,
  ]).toEqual([1, 1]);
  const again = await call(api, basic(app), 'DELETE', '/users/ann');
  expect(again.body.data).toEqual([{ uid: 'ann', sessions: 0, deliveries: 0 }]);
});

test('a message to an erased person and others can still be recalled from the others', async () => {
  const app = await world.app();
  const id = await pushed(app.id, ['ann', 'bob']);
  await call(api, basic(app), 'DELETE', '/users/ann');
  const answer = await call(api, basic(app), 'POST', `/pushes/${id}/recall`);
  expect(answer.body.data).toEqual([{ message_id: id, recalled: 1, written: 0 }]);
});

test('with state away nothing is touched; with the archive away a repetition completes it', async () => {
  const app = await world.app();
  await pushed(app.id, ['ann']);
  const away = (code: 'STATE_UNAVAILABLE' | 'ARCHIVE_UNAVAILABLE') => () => Promise.reject(new ApiError(code));
  const inboxes = replaced(world.state.inboxes, { binds: away('STATE_UNAVAILABLE') });
  const stateless = await world.api({}, { state: replaced(world.state, { inboxes }) });
  const refused = await call(stateless, basic(app), 'DELETE', '/users/ann');
  expect([refused.status, refused.body.error]).toEqual([503, 'STATE_UNAVAILABLE']);
  expect([await held(app.id, 'ann'), (await call(api, basic(app), 'GET', '/pushes')).body.data.length]).toEqual([1, 1]);
  const archive = replaced(world.archive, { erase: away('ARCHIVE_UNAVAILABLE') });
  const half = await call(await world.api({}, { archive }), basic(app), 'DELETE', '/users/ann');
  expect([half.status, half.body.error]).toEqual([503, 'ARCHIVE_UNAVAILABLE']);
  expect(await held(app.id, 'ann')).toBe(0);
  const whole = await call(api, basic(app), 'DELETE', '/users/ann');
  expect(whole.body.data).toEqual([{ uid: 'ann', sessions: 0, deliveries: 1 }]);
});

/** What `erase` does, in order, with nodes that are asked `looks` times until they have let go. */
async function order(looks: number, recallWaitMs: number) {
  const done: string[] = [];
  const deps: EraseDeps = {
    nodes: {
      disconnect: async (request) => {
        done.push(`disconnect ${request.code}`);
        return done.length === 1 ? 2 : 0;
      },
      closeBound: async (request) => {
        done.push(`close ${request.code}`);
        return done.length === 2 ? 1 : 0;
      },
      presence: async (_app, [uid = '']) => [{ uid, online: done.length < looks }],
    },
    state: {
      inboxes: {
        erase: async () => {
          done.push('inbox');
          return { devices: ['phone'] };
        },
      },
      forgetDevices: async (_app, uid, devices) => void done.push(`devices of ${uid}: ${devices}`),
    },
    archive: { erase: async () => done.push('history') },
    clock: Date,
    recallWaitMs,
  };
  const outcome = await erase(deps, { app: 'a', uid: 'ann' }).catch((error: ApiError) => error.code);
  return { done, outcome };
}

test('nothing is removed before the last session has ended; a node that does not let go is named', async () => {
  const { done, outcome } = await order(3, 5_000);
  expect(done).toEqual(['disconnect 4503', 'close 4503', 'close 4503', 'inbox', 'devices of ann: phone', 'history']);
  expect(outcome).toEqual({ uid: 'ann', sessions: 3, deliveries: 6 });
  const stuck = await order(1_000, 0);
  expect(stuck).toEqual({ done: ['disconnect 4503', 'close 4503'], outcome: 'NODE_UNAVAILABLE' });
});
