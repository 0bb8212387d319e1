// kill -9 of everything at any moment, start again: every accepted push arrives, exact account.
import { connect, type PushConnection } from '@message-push/client';
import {
  assertNoDuplicate,
  assertNoneLost,
  assertOrdered,
  type BackEnd,
  backEnd,
  LegacyClient,
  type Platform,
  startPlatform,
  temporaryDir,
} from '@message-push/testkit';
import { expect, test } from 'vitest';
import { type Kill, Ledger } from './ledger.ts';
import { gatewayUrl } from './platform.ts';
import { seeded } from './random.ts';

const ROUNDS = Number(process.env.KILL_ROUNDS ?? 20);
const SDK_UIDS = Array.from({ length: 12 }, (_, i) => `k${i}`);
const LEGACY_UIDS = Array.from({ length: 4 }, (_, i) => `l${i}`);
const PUSH_PAUSE_MS = 10;
/** Half of what an inbox holds: a receiver whose attempts all fell into the times without a platform may miss many rounds. */
const MISSING_MAX = 100;
const EVERYBODY = [...SDK_UIDS, ...LEGACY_UIDS];
/** Frames written this long before a kill may be lost or doubled for receivers that do not acknowledge. */
const LEGACY_WINDOW_MS = 1000;

/** Where the platform of this round is; the address changes with each start, as behind a load balancer. */
interface Present {
  url: string;
  app: string;
  back: BackEnd;
}

test(`${ROUNDS} rounds of kill -9 of the whole platform lose no accepted push`, {
  timeout: 120_000 + ROUNDS * 30_000,
}, async () => {
  const dir = temporaryDir();
  const ledger = new Ledger();
  const random = seeded('KILL_SEED');
  const kills: Kill[] = [];
  const logins: number[] = [];
  let present: Present | undefined;
  let underWay = 0;
  let tried = 0;

  const begin = async (): Promise<{ platform: Platform; clients: LegacyClient[] }> => {
    const platform = await startPlatform({ dataDir: dir.path });
    present = { url: gatewayUrl(platform), app: platform.run.demo.app_id, back: backEnd(platform.run) };
    logins.push(Date.now());
    const clients = await Promise.all(LEGACY_UIDS.map((uid) => legacyReceiver(uid, present as Present, ledger)));
    return { platform, clients };
  };

  let { platform, clients } = await begin();
  const receivers = SDK_UIDS.map((uid) => sdkReceiver(uid, () => present, ledger));
  try {
    for (let round = 0; round < ROUNDS; round++) {
      const before = ledger.acceptedCount;
      let stopped = false;
      const pushing = Array.from({ length: 4 }, () =>
        pushUntil(
          () => stopped,
          present as Present,
          ledger,
          () => withRoom(ledger, EVERYBODY[tried++ % EVERYBODY.length] ?? ''),
        ),
      );
      const momentMs = 100 + random.next() * 900;
      await new Promise((resolve) => setTimeout(resolve, momentMs)); // the moment of the kill is the experiment
      const from = Date.now();
      await platform.kill9();
      stopped = true;
      if (ledger.acceptedCount > before) underWay++;
      await Promise.all(pushing);
      for (const client of clients) client.terminate();
      kills.push({ from, to: Date.now() });
      // While the platform is down nobody may see anything; then everything goes on from the disk.
      ({ platform, clients } = await begin());
    }
    await everythingSeen(ledger, present as unknown as Present);
    for (const uid of SDK_UIDS) {
      assertNoneLost(ledger.acceptedOf(uid), ledger.seenBy(uid));
      assertNoDuplicate(ledger.seenBy(uid));
    }
    // Legacy receivers have had their replay when a last push has come through.
    for (const uid of LEGACY_UIDS) {
      const id = await pushOnce(present as unknown as Present, ledger, uid);
      await expect.poll(() => ledger.seenBy(uid).includes(id), { timeout: 30_000 }).toBe(true);
    }
    const legacy = ledger.unacknowledged(LEGACY_UIDS, kills, logins, LEGACY_WINDOW_MS);
    console.log(
      `kill -9 × ${ROUNDS} (KILL_SEED=${random.seed}): ${tried} pushes tried, ${ledger.acceptedCount} accepted; SDK receivers saw each of theirs once; ` +
        `pushes were under way in ${underWay} rounds; receivers that do not acknowledge: ${legacy.lost} lost, ${legacy.doubled} doubled, all written within the last second: ${legacy.unexcused.length === 0}`,
    );
    expect(legacy.unexcused).toEqual([]);
    expect(underWay).toBeGreaterThanOrEqual(Math.ceil(ROUNDS / 2));
  } finally {
    for (const receiver of receivers) receiver.close();
    for (const client of clients) client.terminate();
    await platform.stop();
    dir.remove();
  }
});

test('messages pushed one after the other to one person keep their order over kills', {
  timeout: 180_000,
}, async () => {
  const dir = temporaryDir();
  const ledger = new Ledger();
  let present: Present | undefined;
  const start = async () => {
    const platform = await startPlatform({ dataDir: dir.path });
    present = { url: gatewayUrl(platform), app: platform.run.demo.app_id, back: backEnd(platform.run) };
    return platform;
  };
  let platform = await start();
  const receiver = sdkReceiver('o1', () => present, ledger);
  try {
    for (let round = 0; round < 3; round++) {
      for (let n = 0; n < 30; n++) await pushOnce(present as unknown as Present, ledger, 'o1');
      await platform.kill9();
      platform = await start();
    }
    await expect.poll(() => ledger.hasAll('o1'), { timeout: 60_000 }).toBe(true);
    assertNoDuplicate(ledger.seenBy('o1'));
    assertOrdered(ledger.acceptedOf('o1'), ledger.seenBy('o1'));
  } finally {
    receiver.close();
    await platform.stop();
    dir.remove();
  }
});

/** Waits until every SDK receiver has all of theirs; else says what the history knows of the missing ones. */
async function everythingSeen(ledger: Ledger, { back }: Present): Promise<void> {
  const missing = () => SDK_UIDS.flatMap((uid) => ledger.missingOf(uid).map((id) => ({ uid, id })));
  const until = Date.now() + 60_000;
  while (missing().length > 0 && Date.now() < until) await new Promise((resolve) => setTimeout(resolve, 100));
  const left = missing();
  const known = await Promise.all(
    left
      .slice(0, 5)
      .map(async ({ id }) => JSON.stringify((await back.call('GET', `/pushes/${id}/deliveries`)).body.data)),
  );
  if (left.length > 0) throw new Error(`${left.length} accepted messages did not arrive: ${known.join('\n')}`);
}

/** Undefined while this one has been away for so long that their inbox would fill up: what leaves a full inbox is explained, not delivered. */
function withRoom(ledger: Ledger, uid: string): string | undefined {
  return ledger.missingOf(uid).length < MISSING_MAX ? uid : undefined;
}

/** Pushes one after the other until told to stop or the platform is gone: what had no answer is not accepted. */
async function pushUntil(
  stopped: () => boolean,
  present: Present,
  ledger: Ledger,
  nextUid: () => string | undefined,
): Promise<void> {
  while (!stopped()) {
    const uid = nextUid();
    try {
      if (uid !== undefined) await pushOnce(present, ledger, uid);
      await new Promise((resolve) => setTimeout(resolve, PUSH_PAUSE_MS));
    } catch {
      return;
    }
  }
}

async function pushOnce({ back }: Present, ledger: Ledger, uid: string): Promise<string> {
  const answer = await back.push([uid], 'hello');
  const id = answer.body.data?.[0]?.message_id;
  if (answer.body.code !== 1 || typeof id !== 'string') throw new Error(`not accepted: ${JSON.stringify(answer.body)}`);
  ledger.accepted(uid, id);
  return id;
}

/** A person with the SDK who lives through all rounds. */
function sdkReceiver(uid: string, present: () => Present | undefined, ledger: Ledger): PushConnection {
  class Moving extends WebSocket {
    constructor(address: string | URL) {
      super(`${present()?.url}${new URL(address).search}`);
    }
  }
  return connect({
    url: 'ws://moving.invalid/',
    appId: 'demo',
    uid,
    deviceId: `device-${uid}`,
    token: async () => {
      const now = present();
      if (!now) throw new Error('not started yet');
      return now.back.token(uid);
    },
    WebSocket: Moving,
    onMessage: ({ message_id }) => {
      if (message_id) ledger.saw(uid, message_id);
    },
  });
}

async function legacyReceiver(uid: string, { url, app, back }: Present, ledger: Ledger): Promise<LegacyClient> {
  const client = new LegacyClient({ url, token: await back.token(uid), app });
  client.socket.on('message', (bytes) => {
    const frame = JSON.parse(String(bytes));
    if (frame.type === 'MESSAGE') ledger.saw(uid, frame.data.message_id);
  });
  client.socket.on('open', () => client.send({ cmd: 'LOGIN', token: '', data: { appKey: app, platform: 'h5' } }));
  await client.until(() => client.frames.find((frame) => frame.type === 'LOGIN'), 20_000);
  return client;
}
