// What belongs to one key each, on Redis: devices, idempotency keys, budgets.
import type { Clock } from '@message-push/runtime';
import type { IdempotencyRecord, State } from '../index.ts';
import { allOf, numberOf, textsOf } from './replies.ts';
import { type RedisStore, tagOf } from './store.ts';

/** A device's use is recorded at most this often. */
const DEVICE_USE_EVERY_MS = 3_600_000;

type Keys =
  | 'claimDevice'
  | 'forgetDevices'
  | 'resolveDevices'
  | 'beginIdempotent'
  | 'takeOverIdempotent'
  | 'finishIdempotent'
  | 'takeBudget';

export interface KeysOptions {
  clock: Clock;
  deviceIdleMs: number;
  idempotencyMs: number;
}

export function keysOf(store: RedisStore, options: KeysOptions): Pick<State, Keys> {
  const { clock, deviceIdleMs } = options;
  const { scripts } = store;
  return {
    claimDevice: async (app, deviceId, uid) => {
      const tag = tagOf(app, deviceId);
      const args = [uid, String(clock.now()), String(deviceIdleMs), String(DEVICE_USE_EVERY_MS)];
      return numberOf(await store.run(scripts.claimDevice, tag, [store.key('d', tag)], args)) === 1;
    },
    forgetDevices: async (app, uid, deviceIds) => {
      await allOf(
        deviceIds.map((deviceId) => {
          const tag = tagOf(app, deviceId);
          return store.run(scripts.forgetDevice, tag, [store.key('d', tag)], [uid]);
        }),
      );
    },
    resolveDevices: (app, deviceIds) =>
      allOf(
        deviceIds.map(async (deviceId) => {
          const tag = tagOf(app, deviceId);
          const reply = await store.command(tag, ['HMGET', store.key('d', tag), 'uid', 'used']);
          const [uid, used] = textsOf(reply);
          return uid && Number(used) > clock.now() - deviceIdleMs ? uid : undefined;
        }),
      ),
    ...idempotencyOf(store, options),
    takeBudget: async (key, want, perSecond) => {
      const args = [String(clock.now()), String(want), String(perSecond)];
      const tag = tagOf('budget', key);
      return numberOf(await store.run(scripts.takeBudget, tag, [store.key('t', tag)], args));
    },
  };
}

function idempotencyOf(
  store: RedisStore,
  { clock, idempotencyMs }: KeysOptions,
): Pick<State, 'beginIdempotent' | 'takeOverIdempotent' | 'finishIdempotent'> {
  const { scripts } = store;
  const times = () => [String(clock.now()), String(idempotencyMs)];
  return {
    beginIdempotent: async (app, key, record) => {
      const tag = tagOf(app, key);
      const args = [...times(), record.message_id, record.fingerprint, record.api];
      const present = textsOf(await store.run(scripts.beginIdempotent, tag, [store.key('k', tag)], args));
      return present.length === 0 ? { begun: true, record } : { begun: false, record: recordOf(present) };
    },
    takeOverIdempotent: async (app, key, { message_id, from_api, to_api }) => {
      const tag = tagOf(app, key);
      const args = [...times(), message_id, from_api, to_api];
      return numberOf(await store.run(scripts.takeOverIdempotent, tag, [store.key('k', tag)], args)) === 1;
    },
    finishIdempotent: async (app, key, record) => {
      const tag = tagOf(app, key);
      const answer = record?.answer ? JSON.stringify(record.answer) : '';
      const fields = record ? [record.message_id, record.fingerprint, record.api, answer] : [];
      await store.run(scripts.finishIdempotent, tag, [store.key('k', tag)], [...times(), ...fields]);
    },
  };
}

function recordOf([message_id = '', fingerprint = '', api = '', answer = '']: string[]): IdempotencyRecord {
  return { message_id, fingerprint, api, ...(answer !== '' && { answer: JSON.parse(answer) }) };
}
