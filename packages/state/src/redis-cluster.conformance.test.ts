import { ApiError } from '@message-push/protocol';
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import { bindOf, entryAt, seqAt } from './beside.ts';
import type { State } from './index.ts';
import { createRedisState } from './redis/redis.ts';
import { slotOf } from './redis/slot.ts';
import { canStartRedis, OwnRedis } from './redis-server-fixture.ts';

const clock = { now: () => Date.now() };
const HALF = 8192;
const all = { scope: 'p:pc', platform: 'pc', after: '', bytesMax: 1_000_000 };

let members: OwnRedis[];
let state: State;

/** A person whose keys are in this slot's half. */
function personIn(isUpper: boolean): { app: string; uid: string } {
  for (let n = 0; ; n++) if (slotOf(`shop:u${n}`) >= HALF === isUpper) return { app: 'shop', uid: `u${n}` };
}

const idOf = (member: OwnRedis) => member.ask((redis) => redis.cluster('MYID'));
const isWhole = async (member: OwnRedis) => (await member.ask((redis) => redis.cluster('INFO'))).includes('state:ok');

async function meet(from: OwnRedis, to: OwnRedis): Promise<void> {
  await from.ask((redis) => redis.call('CLUSTER', 'MEET', '127.0.0.1', `${to.port}`, `${to.clusterPort}`));
  const id = await idOf(to);
  for (const [one, other] of [
    [from, id],
    [to, await idOf(from)],
  ] as const)
    await vi.waitFor(
      async () => expect(String(await one.ask((redis) => redis.cluster('NODES')))).toContain(String(other)),
      10_000,
    );
}

async function retried<T>(call: () => Promise<T>): Promise<T> {
  return vi.waitFor(call, { timeout: 20_000, interval: 20 });
}

describe.skipIf(!canStartRedis)('a Redis Cluster', () => {
  beforeEach(async () => {
    members = await Promise.all([OwnRedis.place(), OwnRedis.place()]);
    await Promise.all(members.map((member) => member.startMember()));
    const [lower, upper] = members as [OwnRedis, OwnRedis]; // two were made
    await lower.ask((redis) => redis.call('CLUSTER', 'ADDSLOTSRANGE', '0', `${HALF - 1}`));
    await upper.ask((redis) => redis.call('CLUSTER', 'ADDSLOTSRANGE', `${HALF}`, '16383'));
    await meet(lower, upper);
    await retried(async () => expect(await Promise.all(members.map(isWhole))).toEqual([true, true]));
    const options = {
      cluster: true,
      prefix: 'mp:',
      timeoutMs: 1000,
      callsMax: 100_000,
      lossWindowMs: 5000,
      sharedReceiversMin: 2,
      clock,
    };
    state = await createRedisState({ urls: [lower.url], ...options });
  });
  afterEach(async () => {
    await state?.close();
    await Promise.all(members.map((member) => member.end()));
  });

  test('is reached by one of its nodes; each master has a connection, and receivers of both get one message', async () => {
    expect(state.connection()).toBe(2);
    await state.ping();
    const persons = [personIn(false), personIn(true)];
    const entry = entryAt(1, clock, { size: 3000 });
    const crowd = Array.from({ length: 20 }, (_, i) => ({ app: 'shop', uid: `crowd${i}` }));
    const results = await state.inboxes.append([...persons, ...crowd].map((to) => ({ ...to, entry })));
    expect(new Set(results.map(({ outcome }) => outcome))).toEqual(new Set(['new']));
    for (const to of [...persons, ...crowd])
      expect((await state.inboxes.pull(to, all)).entries.map(({ message }) => message)).toEqual([entry.message]);
    const shared = await Promise.all(members.map((member) => member.ask((redis) => redis.keys('mp:m:*'))));
    expect(shared.map((keys) => keys.length)).toEqual([1, 1]);
  });

  test('moves a slot: its calls are refused until the new master is known, then go on with all that was held', async () => {
    const [lower, upper] = members as [OwnRedis, OwnRedis]; // two were made
    const ann = personIn(false);
    await state.inboxes.append([{ ...ann, entry: entryAt(1, clock) }]);
    await state.inboxes.bind(ann, bindOf('p:pc'));
    const slot = `${slotOf(`${ann.app}:${ann.uid}`)}`;
    await upper.ask(async (redis) => redis.call('CLUSTER', 'SETSLOT', slot, 'IMPORTING', String(await idOf(lower))));
    await lower.ask(async (redis) => redis.call('CLUSTER', 'SETSLOT', slot, 'MIGRATING', String(await idOf(upper))));
    const keys = await lower.ask((redis) => redis.call('CLUSTER', 'GETKEYSINSLOT', slot, '100'));
    const names = Array.isArray(keys) ? keys.map(String) : [];
    expect(names.length).toBe(3);
    await lower.ask((redis) => redis.call('MIGRATE', '127.0.0.1', `${upper.port}`, '', '0', '5000', 'KEYS', ...names));
    for (const member of [upper, lower])
      await member.ask(async (redis) => redis.call('CLUSTER', 'SETSLOT', slot, 'NODE', String(await idOf(upper))));
    const refused = await state.inboxes.append([{ ...ann, entry: entryAt(2, clock) }]).catch((error) => error);
    expect(refused).toBeInstanceOf(ApiError);
    expect(refused.code).toBe('STATE_UNAVAILABLE');
    const [appended] = await retried(() => state.inboxes.append([{ ...ann, entry: entryAt(2, clock) }]));
    expect([appended?.outcome, appended?.prev, appended?.binds.length]).toEqual(['new', seqAt(1), 1]);
    // No connection to a master is new: nothing can have been lost.
    expect(state.connection()).toBe(2);
  });

  test('puts a replica in the place of a dead master: that is a new connection', async () => {
    const [lower] = members as [OwnRedis, OwnRedis]; // two were made
    const replica = await OwnRedis.place();
    members.push(replica);
    await replica.startMember();
    await meet(lower, replica);
    await replica.ask(async (redis) => redis.call('CLUSTER', 'REPLICATE', String(await idOf(lower))));
    const ann = personIn(false);
    await state.inboxes.append([{ ...ann, entry: entryAt(1, clock) }]);
    await retried(async () =>
      expect(await replica.ask((redis) => redis.keys('*'))).toContain(`mp:i:{${ann.app}:${ann.uid}}`),
    );
    await lower.kill();
    await vi.waitFor(() => expect(state.ping()).rejects.toBeInstanceOf(ApiError), 5000);
    // Persons of the other master notice nothing.
    await state.inboxes.append([{ ...personIn(true), entry: entryAt(1, clock) }]);
    await replica.ask((redis) => redis.call('CLUSTER', 'FAILOVER', 'TAKEOVER'));
    await retried(() => state.ping());
    expect(state.connection()).toBe(3);
    expect((await state.inboxes.append([{ ...ann, entry: entryAt(1, clock) }]))[0]?.outcome).toBe('held');
  });
});

test('slots are those of the cluster specification', () => {
  expect([slotOf('123456789'), slotOf('foo'), slotOf('user1000')]).toEqual([0x31c3, 12182, 3443]);
});
