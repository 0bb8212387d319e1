import { loadConfig } from '@message-push/runtime';
import { expect, test } from 'vitest';
import { createState, stateFields } from './index.ts';

const deps = { dir: '', clock: { now: () => 0 } };

/** The sentence with which these settings are refused. */
async function refusal(env: Record<string, string>): Promise<string> {
  try {
    await createState(loadConfig(stateFields, { STATE: 'redis', ...env }), deps);
  } catch (error) {
    return String(error);
  }
  return 'accepted';
}

test('settings of Redis that are missing, contradictory or unreadable are refused, each with its variable', async () => {
  const one = 'redis://127.0.0.1:1';
  expect(await refusal({})).toMatch(/REDIS_URL: STATE=redis needs it/);
  expect(await refusal({ REDIS_URL: '127.0.0.1:6379' })).toMatch(/REDIS_URL: write redis:\/\//);
  expect(await refusal({ REDIS_URL: `${one},${one}` })).toMatch(/REDIS_URL: .*REDIS_CLUSTER=true/);
  expect(await refusal({ REDIS_URL: `${one}/2`, REDIS_CLUSTER: 'true' })).toMatch(/REDIS_URL: .*leave \/db out/);
  expect(await refusal({ REDIS_URL: one, REDIS_CA_FILE: 'x' })).toMatch(/REDIS_CA_FILE: .*rediss/);
  expect(await refusal({ REDIS_URL: 'rediss://h', REDIS_CA_FILE: '/nowhere' })).toMatch(/REDIS_CA_FILE: ENOENT/);
  expect(await refusal({ REDIS_URL: one, REDIS_PREFIX: 'a{b}' })).toMatch(/REDIS_PREFIX: .*braces/);
});

test('a platform can begin while its Redis is away', async () => {
  const state = await createState(loadConfig(stateFields, { STATE: 'redis', REDIS_URL: 'redis://127.0.0.1:1' }), deps);
  await expect(state.ping()).rejects.toMatchObject({ code: 'STATE_UNAVAILABLE' });
  expect(state.lossWindowMs).toBe(5000);
  await state.close();
});
