// One platform per test file: `npm start` on free ports with its own data folder.
import { type BackEnd, backEnd, LegacyClient, type Platform, startPlatform, temporaryDir } from '@message-push/testkit';
import { afterAll, beforeAll } from 'vitest';

/** What a file's tests share; filled before the first of them. */
export interface Shared {
  platform: Platform;
  dataDir: string;
  back: BackEnd;
  url: string;
  app: string;
  /** Logs a person in by the original's protocol. */
  login(uid: string, platform?: string): Promise<LegacyClient>;
}

/** Starts a platform before the tests of this file and stops it behind them. */
export function withPlatform(env: Record<string, string> = {}): Shared {
  const dir = temporaryDir();
  const clients: LegacyClient[] = [];
  const shared = {} as Shared; // filled in beforeAll; no test runs before it
  beforeAll(async () => {
    shared.platform = await startPlatform({ dataDir: dir.path, env });
    shared.dataDir = dir.path;
    shared.back = backEnd(shared.platform.run);
    shared.url = gatewayUrl(shared.platform);
    shared.app = shared.platform.run.demo.app_id;
    shared.login = async (uid, platform = 'h5') => {
      const client = await LegacyClient.login({
        url: shared.url,
        token: await shared.back.token(uid),
        app: shared.app,
        platform,
      });
      clients.push(client);
      return client;
    };
  });
  afterAll(async () => {
    for (const client of clients) client.terminate();
    await shared.platform?.stop();
    dir.remove();
  });
  return shared;
}

/** The first gateway's WebSocket address. */
export function gatewayUrl(platform: Platform): string {
  const [url] = platform.run.gateways;
  if (url === undefined) throw new Error('run.json names no gateway');
  return url;
}
