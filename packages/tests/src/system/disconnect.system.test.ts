// People are disconnected by their app while their sessions move from one node to another: each is reached, and counted once.
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { withPlatform } from './platform.ts';
import { seeded } from './random.ts';

/** One move a tick, so that disconnects come before, during and after moves. */
const shared = withPlatform({ GATEWAY_MOVE_BATCH: '1' });
const PEOPLE = 60;
const ROUNDS = 4;
const CLOSED_BY_APP = 4503;

/** Takes a node out of service, or back into it. */
async function drain(address: string, undo: boolean): Promise<void> {
  // written by the launcher: {secret}
  const { secret } = JSON.parse(readFileSync(join(shared.dataDir, 'cluster-secret.json'), 'utf8')) as {
    secret: string;
  };
  const response = await fetch(`http://${address}/v1/inner/drain`, {
    method: 'POST',
    headers: { authorization: `Bearer ${secret}` },
    body: JSON.stringify({ undo }),
  });
  expect(response.status).toBe(200);
}

test('a session is disconnected while it moves', async () => {
  const random = seeded('RANDOM_SEED');
  const [node] = shared.platform.run.processes.filter(({ role }) => role === 'node');
  const nodesOf = async (uid: string) =>
    (await shared.back.call('GET', `/users/${uid}/sessions`)).body.data?.map((session) => session.node);
  const reached = { before: 0, after: 0 };
  for (let round = 0; round < ROUNDS; round++) {
    const uids = Array.from({ length: PEOPLE }, (_, i) => `kicked-${round}-${i}`);
    const clients = await Promise.all(uids.map((uid) => shared.login(uid)));
    const before = await Promise.all(uids.map(nodesOf));
    await drain(node?.address ?? '', round % 2 === 1);
    const answers = await Promise.all(
      uids.map(async (uid) => {
        await new Promise((resolve) => setTimeout(resolve, random.next() * 1500));
        const at = await nodesOf(uid);
        const { body } = await shared.back.call('POST', `/users/${uid}/disconnect`);
        return { at, closed: body.data?.[0]?.sessions ?? body };
      }),
    );
    expect(answers.map(({ closed }) => closed)).toEqual(uids.map(() => 1));
    for (const client of clients)
      expect(await client.until(() => client.closed)).toMatchObject({ code: CLOSED_BY_APP });
    for (const [i, { at }] of answers.entries()) {
      if (at?.[0] !== before[i]?.[0]) reached.after++;
      else if (round % 2 === 0 && at?.[0] === node?.id) reached.before++;
    }
  }
  // It was in the midst of the moves.
  expect(reached.before).toBeGreaterThan(0);
  expect(reached.after).toBeGreaterThan(0);
}, 120_000);
