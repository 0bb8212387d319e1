import {
  backEnd,
  LegacyClient,
  missingEngines,
  type OwnEngines,
  ownEngines,
  type Platform,
  spawnPlatform,
  startPlatform,
  temporaryDir,
} from '@message-push/testkit';
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest';

/** The variables of each real engine. */
const ENGINES: Record<string, RegExp> = {
  bus: /^(BUS|KAFKA_)/,
  state: /^(STATE|REDIS_)/,
  registry: /^(REGISTRY|NACOS_)/,
  archive: /^(ARCHIVE|ELASTICSEARCH_)/,
  database: /^DATABASE_/,
};
const NAMES = Object.keys(ENGINES);
const TEST_MS = 120_000;

const ends: (() => unknown)[] = [];
afterEach(async () => {
  for (const end of ends.splice(0).reverse()) await end();
});

function folder(): string {
  const dir = temporaryDir();
  ends.push(dir.remove);
  return dir.path;
}

test('npm start with a static registry is refused with 2 and a sentence', { timeout: TEST_MS }, async () => {
  const env = { REGISTRY: 'static', REGISTRY_STATIC: 'node n1 127.0.0.1:7100' };
  const child = spawnPlatform({ dataDir: folder(), env });
  expect(await new Promise((resolve) => child.once('close', resolve))).toBe(2);
  expect(child.printed()).toContain('REGISTRY: a static list names processes at fixed addresses');
  expect(child.printed()).not.toMatch(/^\s+at /m);
});

const lacking = missingEngines();
describe.skipIf(lacking.length > 0 && process.env.CI !== 'true')(
  `npm start on real engines${lacking.length > 0 ? ` (skipped: set ${lacking.join(', ')})` : ''}`,
  () => {
    let own: OwnEngines;
    beforeAll(async () => {
      own = await ownEngines();
    });
    afterAll(() => own?.drop());

    test.each([...NAMES.map((name) => [name, [name]] as const), ['everything', NAMES] as const])(
      'with a real engine for %s a push arrives, and is there again for who was offline',
      { timeout: TEST_MS },
      async (_, names) => {
        const chosen = Object.entries(own.env).filter(([name]) => names.some((engine) => ENGINES[engine]?.test(name)));
        const platform = await startPlatform({ dataDir: folder(), env: Object.fromEntries(chosen) });
        ends.push(() => platform.stop());
        const back = backEnd(platform.run);
        const first = await login(platform);
        expect((await back.push(['1'], 'online')).body.code).toBe(1);
        await first.until(() => first.messages().some(({ content }) => content === 'online'));
        first.close();
        await first.until(() => first.closed);
        expect((await back.push(['1'], 'offline')).body.code).toBe(1);
        const second = await login(platform);
        await second.until(() => second.messages().some(({ content }) => content === 'offline'));
        expect(await platform.stop()).toBe(0);
      },
    );

    async function login({ run }: Platform): Promise<LegacyClient> {
      const token = await backEnd(run).token('1');
      const client = await LegacyClient.login({ url: run.gateways[0] ?? '', token, app: run.demo.app_id });
      ends.push(() => client.terminate());
      return client;
    }
  },
);
