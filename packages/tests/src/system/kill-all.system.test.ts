// kill -9 of everything at any moment, start again: every accepted push arrives, exact account.
import { connect, type PushConnection } from '@message-push/client';
import {
  assertNoDuplicate,
  assertNoneLost,
  assertOrdered,
  type BackEnd,
  backEnd,
  LegacyClient,
  startPlatform,
  temporaryDir,
} from '@message-push/testkit';
import { expect, test } from 'vitest';
import { gatewayUrl } from './platform.ts';

const ROUNDS = Number(process.env.KILL_ROUNDS ?? 20);
const UIDS = Array.from({ length: 12 }, (_, i) => `k${i}`);
const LEGACY_UIDS = Array.from({ length: 4 }, (_, i) => `l${i}`);

/** One person with the SDK, whose application notes what it saw; lives through all rounds. */
interface Receiver {
  uid: string;
  seen: string[];
  connection: PushConnection;
}

/** Pushes one after the other to random receivers until told to stop; notes what was answered with code 1. */
async function pushUntil(
  stopped: () => boolean,
  back: BackEnd,
  accepted: Map<string, string[]>,
  attempts: { n: number },
): Promise<void> {
  const everybody = [...UIDS, ...LEGACY_UIDS];
  while (!stopped()) {
    const uid = everybody[attempts.n++ % everybody.length] ?? '';
    try {
      const answer = await back.push([uid], `n${attempts.n}`);
      const id = answer.body.data?.[0]?.message_id;
      if (answer.body.code === 1 && typeof id === 'string') accepted.get(uid)?.push(id);
    } catch {
      return; // the platform is gone: what had no answer is not accepted
    }
  }
}

test(`${ROUNDS} rounds of kill -9 of the whole platform lose no accepted push`, {
  timeout: 60_000 + ROUNDS * 20_000,
}, async () => {
  const dir = temporaryDir();
  const ports = { API_PORT: '0', GATEWAY_PORT: '0' };
  const accepted = new Map([...UIDS, ...LEGACY_UIDS].map((uid) => [uid, [] as string[]]));
  const legacySeen = new Map(LEGACY_UIDS.map((uid) => [uid, [] as string[]]));
  const attempts = { n: 0 };
  const seed = Number(process.env.KILL_SEED ?? Date.now() % 1_000_000);
  const random = mulberry32(seed);
  let url = '';
  let back: BackEnd | undefined;
  let underWay = 0;
  const receivers: Receiver[] = [];

  for (let round = 0; round < ROUNDS; round++) {
    const platform = await startPlatform({ dataDir: dir.path, env: ports });
    url = gatewayUrl(platform);
    back = backEnd(platform.run);
    if (receivers.length === 0)
      receivers.push(
        ...UIDS.map((uid) =>
          receiver(
            uid,
            platform.run.demo.app_id,
            () => url,
            () => back,
          ),
        ),
      );
    const clients = await Promise.all(
      LEGACY_UIDS.map((uid) => legacyClient(uid, url, platform.run.demo.app_id, back, legacySeen)),
    );
    let stop = false;
    const acceptedBefore = count(accepted);
    const pushing = Array.from({ length: 4 }, () => pushUntil(() => stop, back as BackEnd, accepted, attempts));
    const calm = round % 5 === 4;
    await new Promise((resolve) => setTimeout(resolve, 100 + random() * 900)); // the moment of the kill is random
    if (calm) {
      stop = true;
      await Promise.all(pushing);
    }
    await platform.kill9();
    stop = true;
    await Promise.all(pushing);
    if (!calm && count(accepted) > acceptedBefore) underWay++;
    for (const client of clients) client.terminate();
  }

  const platform = await startPlatform({ dataDir: dir.path, env: ports });
  url = gatewayUrl(platform);
  back = backEnd(platform.run);
  const last = await Promise.all(
    LEGACY_UIDS.map((uid) => legacyClient(uid, url, platform.run.demo.app_id, back, legacySeen)),
  );
  try {
    for (const { uid, seen } of receivers) {
      const ids = accepted.get(uid) ?? [];
      await expect.poll(() => ids.every((id) => seen.includes(id)), { timeout: 30_000 }).toBe(true);
    }
    for (const { uid, seen } of receivers) {
      const ids = accepted.get(uid) ?? [];
      assertNoneLost(ids, seen);
      assertNoDuplicate(seen);
      assertOrdered(ids, seen);
    }
    const legacy = { accepted: 0, lost: 0, doubled: 0 };
    for (const uid of LEGACY_UIDS) {
      const ids = accepted.get(uid) ?? [];
      const seen = legacySeen.get(uid) ?? [];
      await expect.poll(() => seen.includes(ids.at(-1) ?? '') || ids.length === 0, { timeout: 30_000 }).toBe(true);
      legacy.accepted += ids.length;
      legacy.lost += ids.filter((id) => !seen.includes(id)).length;
      legacy.doubled += seen.length - new Set(seen).size;
    }
    console.log(
      `kill -9 × ${ROUNDS} (seed ${seed}): ${attempts.n} pushes tried, ${count(accepted)} accepted, all seen once by SDK receivers; in ${underWay} rounds pushes were under way; legacy: ${JSON.stringify(legacy)}`,
    );
    // What was written within the second before a kill: at most that much may be lost or doubled per round.
    const perSecond = attempts.n / ROUNDS;
    expect(legacy.lost + legacy.doubled).toBeLessThanOrEqual(Math.ceil(perSecond) * ROUNDS);
    expect(underWay).toBeGreaterThanOrEqual(Math.floor(ROUNDS / 2));
  } finally {
    for (const { connection } of receivers) connection.close();
    for (const client of last) client.terminate();
    await platform.stop();
    dir.remove();
  }
});

function receiver(uid: string, appId: string, url: () => string, back: () => BackEnd | undefined): Receiver {
  const seen: string[] = [];
  // The address changes with each start, as behind a load balancer: the class reads it when it connects.
  class Moving extends WebSocket {
    constructor(address: string | URL) {
      super(`${url()}${new URL(address).search}`);
    }
  }
  const connection = connect({
    url: 'ws://moving.invalid/',
    appId,
    uid,
    deviceId: `device-${uid}`,
    token: async () => {
      const current = back();
      if (!current) throw new Error('not started yet');
      return current.token(uid);
    },
    WebSocket: Moving,
    onMessage(message) {
      if (message.message_id) seen.push(message.message_id);
    },
  });
  return { uid, seen, connection };
}

async function legacyClient(
  uid: string,
  url: string,
  app: string,
  back: BackEnd | undefined,
  seen: Map<string, string[]>,
): Promise<LegacyClient> {
  if (!back) throw new Error('not started');
  const client = new LegacyClient({ url, token: await back.token(uid), app });
  client.socket.on('message', (bytes) => {
    const frame = JSON.parse(String(bytes));
    if (frame.type === 'MESSAGE') seen.get(uid)?.push(frame.data.message_id);
  });
  client.socket.on('open', () => client.send({ cmd: 'LOGIN', token: '', data: { appKey: app, platform: 'h5' } }));
  await client.until(() => client.frames.find((frame) => frame.type === 'LOGIN'));
  return client;
}

function count(accepted: Map<string, string[]>): number {
  return [...accepted.values()].reduce((sum, ids) => sum + ids.length, 0);
}

/** Mulberry32: a small seeded generator, so that a run can be repeated. */
function mulberry32(seed: number): () => number {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let t = Math.imul(state ^ (state >>> 15), state | 1);
    t ^= t + Math.imul(t ^ (t >>> 7), t | 61);
    return ((t ^ (t >>> 14)) >>> 0) / 4_294_967_296;
  };
}
