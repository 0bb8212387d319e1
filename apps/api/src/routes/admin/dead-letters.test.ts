// Dead letters: found newest first, decided about once, and sent again to those alone who lack them.
import { randomBytes } from 'node:crypto';
import {
  ApiError,
  type DeadLetter,
  deadLetterJson,
  type Envelope,
  type EnvelopePush,
  envelopeJson,
  messageIdAt,
  partitionOf,
} from '@message-push/protocol';
import {
  type DeadLetterView,
  deadLetterSchema,
  type HealthReport,
  playgroundAccessSchema,
} from '@message-push/protocol/admin';
import { verifyAccessToken } from '@message-push/runtime';
import { afterAll, beforeAll, beforeEach, describe, expect, test, vi } from 'vitest';
import { openWorld, type RunningApi, replaced, type World } from '../../world.ts';
import { operatorAt, type TestOperator } from './fixture-operators.ts';

vi.setConfig({ testTimeout: 60_000 });

let world: World;
let api: RunningApi;
let operator: TestOperator;
const OFTEN = { API_SIGN_INS_PER_MINUTE: '1000' };

beforeAll(async () => {
  world = await openWorld();
  api = await world.api(OFTEN);
  operator = await operatorAt(world, api, 'operator');
}, 60_000);

afterAll(() => world.close());

const push = (over: Partial<EnvelopePush> = {}): EnvelopePush => {
  const c_time = Date.now() + world.time.aheadMs;
  const message_id = messageIdAt(c_time, randomBytes(10));
  const message = { title: 'T', content: 'words' };
  return { message_id, app: 'shop', uids: ['1'], message, c_time, ttl_s: 3_600, accepted: 1, ...over };
};

let offset = 0;
/** Puts a letter on the bus and answers where it was on the log of pushes. */
async function bury(letter: Partial<DeadLetter>, partition = 0): Promise<number> {
  const value = deadLetterJson.encode({
    v: 1,
    partition: 0,
    offset: ++offset,
    reason: 'test',
    at: Date.now(),
    ...letter,
  });
  await world.bus.publish('dead', [{ partition, value }]);
  return offset;
}

const list = async (query = '', who = operator): Promise<DeadLetterView[]> => {
  const answer = await who.ask('GET', `/dead-letters${query}`);
  expect(answer.status).toBe(200);
  return answer.body.data.map((row) => deadLetterSchema.parse(row));
};
const decide = (id: string, verb: 'replay' | 'dismiss', who = operator) =>
  who.ask('POST', `/dead-letters/${id}/${verb}`);
const newest = async () => (await list('?limit=1'))[0] ?? expect.fail('there is no letter');

/** Every push of the log of pushes with this message id, with its partition. */
async function published(message_id: string): Promise<{ partition: number; push: EnvelopePush }[]> {
  const { ends } = await world.bus.describe('pushes');
  const found: { partition: number; push: EnvelopePush }[] = [];
  for (const [partition, end] of ends.entries())
    for (let at = 0; at < end; at++) {
      const record = await world.bus.read('pushes', partition, at);
      const envelope: Envelope | undefined = record && envelopeJson.decode(record.value);
      found.push(...(envelope?.pushes ?? []).map((one) => ({ partition, push: one })));
    }
  return found.filter((one) => one.push.message_id === message_id);
}

describe('dead letters', () => {
  test('are read newest first over all partitions, page by page, and without those that are decided', async () => {
    const { partitions } = await world.bus.describe('dead');
    const offsets: number[] = [];
    for (let n = 0; n < 7; n++) {
      offsets.unshift(await bury({ push: push() }, n % partitions));
      // The bus stores milliseconds: letters of the same one have no order.
      await expect.poll(() => Date.now()).toBeGreaterThan((await newest()).at);
    }
    expect((await list()).map((row) => row.offset)).toEqual(offsets);
    const seen: number[] = [];
    for (let cursor = ''; ; ) {
      const page = await operator.ask('GET', `/dead-letters?limit=3${cursor}`);
      seen.push(...page.body.data.map((row) => Number(row.offset)));
      if (page.body.cursor === undefined) break;
      cursor = `&cursor=${page.body.cursor}`;
    }
    expect(seen).toEqual(offsets);
    const [, second] = await list();
    expect((await decide(second?.id ?? '', 'dismiss')).body.data[0]).toMatchObject({
      decision: { action: 'dismissed', by: operator.email },
      replayable: false,
    });
    expect((await list()).map((row) => row.offset)).toEqual(offsets.filter((one) => one !== second?.offset));
    expect(await list('?decided=all')).toHaveLength(7);
    expect((await operator.ask('GET', '/dead-letters?cursor=nonsense')).body.error).toBe('INVALID_QUERY');
  });

  test('count in the health report until they are decided', async () => {
    const report = async () => {
      world.time.aheadMs += 1_000;
      return (await operator.ask('GET', '/health')).body.data[0] as unknown as HealthReport; // a number of it is compared
    };
    const before = (await report()).delivery.dead_letters;
    await bury({ push: push() });
    expect((await report()).delivery.dead_letters).toBe(before + 1);
    await decide((await newest()).id, 'dismiss');
    expect((await report()).delivery.dead_letters).toBe(before);
  });

  test('say what they hold: the push, the beginning of a record that could not be read, or neither', async () => {
    await bury({ raw: 'AAAA', reason: 'no JSON' });
    expect(await newest()).toMatchObject({ raw: 'AAAA', reason: 'no JSON', replayable: false });
    await world.bus.publish('dead', [{ partition: 0, value: Buffer.from('no letter') }]);
    const unreadable = await newest();
    expect(unreadable).toMatchObject({ reason: 'the letter itself cannot be read', replayable: false });
    expect((await decide(unreadable.id, 'replay')).body.error).toBe('NOT_REPLAYABLE');
    expect((await decide(unreadable.id, 'dismiss')).status).toBe(200);
  });

  test('are shown to owners of their app alone, and without words that are private', async () => {
    const [own, secret] = [await world.app(), await world.app({ private_bodies: true })];
    const owner = await operatorAt(world, api, 'owner', [own.id]);
    const viewer = await operatorAt(world, api, 'viewer');
    await bury({ push: push({ app: own.id }) });
    await bury({ push: push({ app: secret.id }) });
    await bury({ raw: 'AAAA' });
    expect((await list('', owner)).map((row) => row.push?.app)).toEqual([own.id]);
    const [raw, hidden, shown] = await list('', viewer);
    expect(raw).not.toHaveProperty('raw');
    expect(hidden?.push).toEqual({ message_id: hidden?.push?.message_id, app: secret.id, uids: ['1'] });
    expect(shown?.push).toMatchObject({ app: own.id, title: 'T', content: 'words' });
    expect((await list()).find((row) => row.id === hidden?.id)?.push).toMatchObject({ content: 'words' });
  });
});

describe('a dead letter', () => {
  let letter: DeadLetterView;
  let sent: EnvelopePush;
  beforeEach(async () => {
    const uids = Array.from({ length: 20 }, (_, n) => String(n));
    sent = push({ uids, accepted: 20, devices: { '3': ['d'] }, platforms: ['h5'] });
    await bury({ push: sent });
    letter = await newest();
  });

  test('is sent again as it was, marked, to the partition of each receiver', async () => {
    const answer = await decide(letter.id, 'replay');
    expect(answer.body.data[0]).toMatchObject({
      decision: { action: 'replayed', by: operator.email },
      replayable: false,
    });
    const parts = await published(sent.message_id);
    const { partitions } = await world.bus.describe('pushes');
    for (const { partition, push: part } of parts) {
      expect(part).toMatchObject({ again: true, message: sent.message, c_time: sent.c_time, platforms: ['h5'] });
      for (const uid of part.uids) expect(partitionOf('shop', uid, partitions)).toBe(partition);
      if (part.uids.includes('3')) expect(part.devices).toEqual({ '3': ['d'] });
    }
    expect(parts.flatMap((part) => part.push.uids).sort()).toEqual([...sent.uids].sort());
  });

  test('is not sent to whoever has it already', async () => {
    const receipt = { message_id: sent.message_id, app: 'shop' };
    const { message_id, app, message, c_time, ttl_s, accepted } = sent;
    const place = { partition: 0, offset: 0, seq: '1', queued_at: c_time };
    await world.archive.write({
      pushes: [{ message_id, app, message, c_time, ttl_s, accepted, uids: sent.uids, ...place }],
      receipts: [
        { ...receipt, uid: '0', written_at: c_time + 1 },
        { ...receipt, uid: '1', acked_at: c_time + 1, written_at: c_time + 1 },
        { ...receipt, uid: '2', dead_at: c_time + 1, reason: 'test' },
        { ...receipt, uid: '4', recalled_at: c_time + 1 },
      ],
    });
    expect((await decide(letter.id, 'replay')).status).toBe(200);
    const uids = (await published(sent.message_id)).flatMap((part) => part.push.uids);
    expect(uids.sort()).toEqual(sent.uids.filter((uid) => !['0', '1', '4'].includes(uid)).sort());
  });

  test('is decided once, also by several at once', async () => {
    const tries = await Promise.all([1, 2, 3].map(() => decide(letter.id, 'replay')));
    expect(tries.map(({ status, body }) => body.error ?? status).sort()).toEqual([200, 'TAKEN', 'TAKEN']);
    expect((await decide(letter.id, 'dismiss')).body.error).toBe('TAKEN');
    const uids = (await published(sent.message_id)).flatMap((part) => part.push.uids);
    expect(uids).toHaveLength(20);
  });

  test('stays undecided when nothing was sent', async () => {
    const bus = replaced(world.bus, { publish: () => Promise.reject(new ApiError('BUS_UNAVAILABLE')) });
    const deliveries = () => Promise.reject(new ApiError('ARCHIVE_UNAVAILABLE'));
    const without = await world.api(OFTEN, { bus });
    const blind = await world.api(OFTEN, { archive: replaced(world.archive, { deliveries }) });
    const ask = async (at: RunningApi) =>
      (await decide(letter.id, 'replay', await operatorAt(world, at, 'operator'))).body.error;
    expect([await ask(without), await ask(blind)]).toEqual(['BUS_UNAVAILABLE', 'ARCHIVE_UNAVAILABLE']);
    expect((await decide(letter.id, 'replay')).status).toBe(200);
  });

  test('whose time is over is not sent again', async () => {
    world.time.aheadMs += 3_601_000;
    try {
      expect(await newest()).toMatchObject({ id: letter.id, replayable: false });
      expect((await decide(letter.id, 'replay')).body.error).toBe('NOT_REPLAYABLE');
    } finally {
      world.time.aheadMs -= 3_601_000;
    }
  });

  test.each(['none', 'bm9uZQ', Buffer.from('log.0.99').toString('base64url'), '%00'])(
    'named %j is not there',
    async (id) => {
      expect((await decide(id, 'dismiss')).body.error).toBe('NOT_FOUND');
    },
  );
});

test('what is not kept any more is not counted and ends the list', async () => {
  const first = 4;
  const { ends } = await world.bus.describe('dead');
  const read: World['bus']['read'] = async (topic, partition, at) =>
    topic === 'dead' && at < first ? undefined : world.bus.read(topic, partition, at);
  const short = await world.api(OFTEN, { bus: replaced(world.bus, { read }) });
  const who = await operatorAt(world, short, 'operator');
  const rows = await list('?decided=all&limit=200', who);
  const left = ends.reduce((total, end) => total + Math.max(0, end - first), 0);
  expect(rows).toHaveLength(left);
  world.time.aheadMs += 1_000;
  const undecided = rows.filter(({ decision }) => decision === undefined).length;
  const report = (await who.ask('GET', '/health')).body.data[0] as unknown as HealthReport; // a number of it is compared
  expect(report.delivery.dead_letters).toBe(undecided);
});

describe('the token of the test client', () => {
  test('is for the receiver alone and a quarter of an hour, with the gateways that are up', async () => {
    const app = await world.app();
    const tell = (id: string, state: string) =>
      world.state.announce(
        'gateway',
        id,
        60_000,
        JSON.stringify({ address: `10.0.0.1:${id}`, state, sessions: 0, links: [] }),
      );
    await Promise.all([tell('1', 'up'), tell('2', 'draining')]);
    const answer = await operator.ask('POST', '/playground/token', { app: app.id, uid: 7, platform: 'mobile' });
    const access = playgroundAccessSchema.parse(answer.body.data[0]);
    const nowS = Math.floor((Date.now() + world.time.aheadMs) / 1_000);
    expect(verifyAccessToken(access.token, api.deps.clusterSecrets, nowS)).toMatchObject({
      ok: true,
      claims: { app: app.id, uid: '7', platform: 'mobile' },
    });
    expect(access.expires_at / 1_000 - nowS).toBeGreaterThan(890);
    expect(verifyAccessToken(access.token, api.deps.clusterSecrets, nowS + 900)).toMatchObject({ reason: 'expired' });
    expect(access.gateways).toEqual(['ws://10.0.0.1:1/message-push/v1/message']);
    const named = await world.api({ ...OFTEN, API_GATEWAY_URLS: 'wss://push.example/message-push/v1/message' });
    const { ask } = await operatorAt(world, named, 'admin');
    expect((await ask('POST', '/playground/token', { app: app.id, uid: '7' })).body.data[0]?.gateways).toEqual([
      'wss://push.example/message-push/v1/message',
    ]);
  });

  test('is for apps that are there, and one’s own', async () => {
    const [own, foreign] = [await world.app(), await world.app()];
    const owner = await operatorAt(world, api, 'owner', [own.id]);
    const ask = async (who: TestOperator, app: string) =>
      (await who.ask('POST', '/playground/token', { app, uid: '7' })).status;
    expect([await ask(owner, own.id), await ask(owner, foreign.id), await ask(operator, 'none')]).toEqual([
      200, 403, 404,
    ]);
  });
});
