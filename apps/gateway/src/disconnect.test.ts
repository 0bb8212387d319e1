// Sessions that an app closes: the gateway reads of it and closes them, whatever their node can be told.
import type { LegacyClient } from '@message-push/testkit';
import { afterEach, expect, test } from 'vitest';
import { login, startPlatform, undoAll, until } from './fixture.ts';

afterEach(undoAll);

const closing = (uid: string, before: number, session_id?: string) => ({
  kind: 'sessions' as const,
  ...{ app: 'shop', uid, code: 4503, before, ...(session_id !== undefined && { session_id }) },
});

const closed = (client: LegacyClient) => client.until(() => client.closed);

test('sessions whose node has died, or has not taken them yet, are closed', async () => {
  const platform = await startPlatform({ config: { gatewayBoundWaitMs: 50 } });
  const bound = await login(platform, 'u1');
  await platform.node.kill();
  const waiting = await login(platform, 'u1', 'pc');
  await platform.state.revoke(closing('u1', Date.now()));
  for (const client of [bound, waiting]) expect((await closed(client)).code).toBe(4503);
});

test('of a user the one that is named is closed, or all that logged in before: nobody else, and nobody who comes back', async () => {
  const platform = await startPlatform();
  const [named, other, stranger] = [
    await login(platform, 'u1'),
    await login(platform, 'u1', 'pc'),
    await login(platform, 'u2'),
  ];
  await platform.state.revoke(closing('u1', Date.now(), platform.node.binds[0]?.session_id));
  expect((await closed(named)).code).toBe(4503);
  expect([other.closed, stranger.closed]).toEqual([undefined, undefined]);
  const before = Date.now();
  await until(() => Date.now() > before);
  const later = await login(platform, 'u1', 'web');
  await platform.state.revoke(closing('u1', before));
  expect((await closed(other)).code).toBe(4503);
  expect([later.closed, stranger.closed]).toEqual([undefined, undefined]);
});
