import type { App, Credential, CredentialCheck, Database } from '@message-push/database';
import { ApiError } from '@message-push/protocol';
import { createLog, loadConfig, Metrics } from '@message-push/runtime';
import { expect, test } from 'vitest';
import { apiFields } from './config.ts';
import { Authenticator, addressList, basicPair } from './credentials.ts';
import { basic } from './world.ts';

/** A database of one app and one credential, whose answer the test changes. */
function bench(env: Record<string, string> = {}, addresses: string[] = []) {
  const time = { now: 1_000_000 };
  const database = { checks: 0, away: false, refused: false, expires_at: null as Date | null, used: [] as string[] };
  const app: App = {
    id: 'app',
    name: 'app',
    aliases: [],
    state: 'live',
    settings: {
      token_kinds: [],
      origins: [],
      address_allow_list: addresses,
      requests_per_second: 1,
      deliveries_per_second: 1,
      default_ttl_s: 1,
      history_retention_days: 1,
      private_bodies: false,
    },
    created_at: new Date(0),
  };
  const check = async (_app: string, secret: string): Promise<CredentialCheck> => {
    database.checks++;
    if (database.away) throw new ApiError('DATABASE_UNAVAILABLE');
    if (database.refused || secret !== 'right-secret') return { ok: false, reason: 'wrong' };
    const dates = {
      created_at: new Date(0),
      revoked_at: null,
      last_used_at: null,
      expires_at: database.expires_at,
      until_use_of: null,
    };
    return { ok: true, app, credential: { id: 'c1', app: 'app', hint: 'cret', state: 'live', ...dates } };
  };
  const get = async () => {
    if (database.away) throw new ApiError('DATABASE_UNAVAILABLE');
    return { ...app };
  };
  const list = async (): Promise<Credential[]> => {
    const dates = {
      created_at: new Date(0),
      revoked_at: null,
      last_used_at: null,
      expires_at: database.expires_at,
      until_use_of: null,
    };
    return [{ id: 'c1', app: 'app', hint: 'cret', state: database.refused ? 'revoked' : 'live', ...dates }];
  };
  const used = async (uses: { id: string; at: Date }[]) => {
    if (database.away) throw new ApiError('DATABASE_UNAVAILABLE');
    database.used.push(...uses.map(({ id, at }) => `${id}@${at.getTime()}`));
  };
  const authenticator = new Authenticator({
    config: loadConfig(apiFields, env),
    // The calls that are made; the rest of a database is not asked for.
    database: { apps: { get }, credentials: { check, used, list } } as unknown as Database,
    clock: { now: () => time.now },
    random: (size) => new Uint8Array(size).fill(7),
    log: createLog('test', 'silent'),
    metrics: new Metrics(),
    id: 'test',
  });
  return { time, database, authenticator, app };
}

const right = basic({ id: 'app', secret: 'right-secret' });
const wrong = (secret = 'wrong') => basic({ id: 'app', secret });
const here = '127.0.0.1';

async function refusal(work: Promise<unknown>): Promise<string> {
  return work.then(
    () => 'none',
    (error: unknown) => (error instanceof ApiError ? error.code : String(error)),
  );
}

test('a good credential is looked up once', async () => {
  const { authenticator, database } = bench();
  expect(authenticator.known(right, here)).toBeUndefined();
  await Promise.all([1, 2, 3].map(() => authenticator.check(right, here)));
  for (let at = 0; at < 100; at++) expect(authenticator.known(right, here)?.app.id).toBe('app');
  expect(database.checks).toBe(1);
});

test.each([
  '',
  'Basic',
  'Bearer abc',
  'Basic !!!',
  `Basic ${btoa('no colon')}`,
  `Basic ${btoa(':secret')}`,
  `Basic ${btoa('a b:c')}`,
])('the malformed header %j is refused without a look-up', async (header) => {
  const { authenticator, database } = bench();
  expect(await refusal(authenticator.check(header, here))).toBe('INVALID_AUTHORIZATION');
  expect(database.checks).toBe(0);
});

test('the scheme is matched in any case, and a secret may contain colons', () => {
  expect(basicPair(`bAsIc ${btoa('app:a:b:c')}`)).toEqual({ app: 'app', secret: 'a:b:c' });
});

test('a revocation empties what is known of the credential at once', async () => {
  const { authenticator, database } = bench();
  await authenticator.check(right, here);
  authenticator.revoked({ kind: 'credential', app: 'app', credential_id: 'another' });
  expect(authenticator.known(right, here)).toBeDefined();
  authenticator.revoked({ kind: 'credential', app: 'app', credential_id: 'c1' });
  expect(authenticator.known(right, here)).toBeUndefined();
  database.refused = true;
  expect(await refusal(authenticator.check(right, here))).toBe('INVALID_AUTHORIZATION');
});

test('an app that is disabled takes its credentials along', async () => {
  const { authenticator } = bench();
  await authenticator.check(right, here);
  authenticator.revoked({ kind: 'app', app: 'app' });
  expect(authenticator.known(right, here)).toBeUndefined();
});

test('after a change of the database what is known is read anew, and stays when it is still good', async () => {
  const { authenticator, database, app } = bench();
  await authenticator.check(right, here);
  app.settings = { ...app.settings, requests_per_second: 5 };
  await authenticator.databaseChanged();
  expect(authenticator.known(right, here)?.app.settings.requests_per_second).toBe(5);
  expect(database.checks).toBe(1);
  database.refused = true;
  await authenticator.databaseChanged();
  expect(authenticator.known(right, here)).toBeUndefined();
});

test('an app that the database disabled, or has no more, is not known any more', async () => {
  const { authenticator, app } = bench();
  await authenticator.check(right, here);
  app.state = 'disabled';
  await authenticator.databaseChanged();
  expect(authenticator.known(right, here)).toBeUndefined();
});

test('a change that could not be read leaves what is known for 30 s, and not longer', async () => {
  const { authenticator, database, time } = bench();
  await authenticator.check(right, here);
  database.away = true;
  expect(await refusal(authenticator.databaseChanged())).toBe('DATABASE_UNAVAILABLE');
  time.now += 29_999;
  authenticator.revocationsSeen(time.now);
  expect(await refusal(authenticator.databaseChanged())).toBe('DATABASE_UNAVAILABLE');
  expect(authenticator.known(right, here)).toBeDefined();
  time.now += 1;
  expect(authenticator.known(right, here)).toBeUndefined();
  database.away = false;
  await authenticator.databaseChanged();
  expect(authenticator.known(right, here)).toBeDefined();
});

test('what was read while a revocation came is not remembered', async () => {
  const { authenticator } = bench();
  const check = authenticator.check(right, here);
  authenticator.revoked({ kind: 'credential', app: 'app', credential_id: 'c1' });
  await check;
  expect(authenticator.known(right, here)).toBeUndefined();
});

test('without state and database a known credential lives 30 s, and not longer', async () => {
  const { authenticator, database, time } = bench();
  await authenticator.check(right, here);
  database.away = true;
  time.now += 29_999;
  expect(authenticator.known(right, here)).toBeDefined();
  time.now += 1;
  expect(authenticator.known(right, here)).toBeUndefined();
  expect(await refusal(authenticator.check(right, here))).toBe('DATABASE_UNAVAILABLE');
});

test('without the database alone a known credential works on: revocations still reach us', async () => {
  const { authenticator, database, time } = bench();
  await authenticator.check(right, here);
  database.away = true;
  for (let at = 0; at < 100; at++) {
    time.now += 10_000;
    authenticator.revocationsSeen(time.now);
    expect(authenticator.known(right, here)).toBeDefined();
  }
});

test('after 30 s it is checked anew beside the request, and forgotten when it is refused', async () => {
  const { authenticator, database, time } = bench();
  await authenticator.check(right, here);
  time.now += 30_000;
  authenticator.revocationsSeen(time.now);
  database.refused = true;
  expect(authenticator.known(right, here)).toBeDefined();
  await new Promise((resolve) => setImmediate(resolve));
  expect(database.checks).toBe(2);
  expect(authenticator.known(right, here)).toBeUndefined();
});

test('a credential ends at its time, remembered or not', async () => {
  const { authenticator, database, time } = bench();
  database.expires_at = new Date(time.now + 5_000);
  await authenticator.check(right, here);
  time.now += 4_999;
  expect(authenticator.known(right, here)).toBeDefined();
  time.now += 1;
  expect(authenticator.known(right, here)).toBeUndefined();
});

test('a refused pair is looked up once a second', async () => {
  const { authenticator, database, time } = bench();
  for (let at = 0; at < 10; at++)
    expect(await refusal(authenticator.check(wrong(), here))).toBe('INVALID_AUTHORIZATION');
  expect(database.checks).toBe(1);
  time.now += 1_000;
  await refusal(authenticator.check(wrong(), here));
  expect(database.checks).toBe(2);
});

test('who tries secrets waits, without keeping those who are known from the same address', async () => {
  const { authenticator, time } = bench({ API_REFUSALS_PER_MINUTE: '5' });
  await authenticator.check(right, here);
  for (let at = 0; at < 5; at++) await refusal(authenticator.check(wrong(`guess-${at}`), here));
  const error = await authenticator.check(wrong('guess-6'), here).catch((reason: unknown) => reason);
  expect(error).toMatchObject({ code: 'RATE_LIMITED', retryAfterS: 60 });
  expect(authenticator.known(right, here)).toBeDefined();
  expect(await refusal(authenticator.check(wrong('guess-6'), '10.0.0.1'))).toBe('INVALID_AUTHORIZATION');
  time.now += 60_000;
  expect(await refusal(authenticator.check(wrong('guess-6'), here))).toBe('INVALID_AUTHORIZATION');
});

test('at most so many credentials are remembered', async () => {
  const { authenticator } = bench({ API_CREDENTIALS_CACHED_MAX: '2' });
  const spellings = [right, right.replace('Basic', 'basic'), right.replace('Basic', 'BASIC')];
  for (const header of spellings) await authenticator.check(header, here);
  expect(spellings.filter((header) => authenticator.known(header, here) !== undefined)).toHaveLength(2);
});

test('an app with an allow-list is served from there alone, known or not', async () => {
  const { authenticator } = bench({}, ['10.0.0.0/8', '2001:db8::/32', '192.0.2.7']);
  for (const address of ['10.9.8.7', '::ffff:10.1.1.1', '2001:db8::1', '192.0.2.7'])
    expect(await refusal(authenticator.check(right, address))).toBe('none');
  for (const address of ['11.0.0.1', '192.0.2.8', '2001:db9::1', '::1']) {
    expect(await refusal(authenticator.check(right, address))).toBe('ADDRESS_NOT_ALLOWED');
    expect(() => authenticator.known(right, address)).toThrow('allow-list');
  }
});

test('an entry of an allow-list that is no address lets nobody in', () => {
  expect(addressList([])).toBeUndefined();
  expect(addressList(['nonsense', '10.0.0.0/99'])?.check('10.0.0.1')).toBe(false);
});

test('last uses are stored in batches, and kept when the database is away', async () => {
  const { authenticator, database, time } = bench();
  await authenticator.check(right, here);
  time.now += 10;
  authenticator.known(right, here);
  database.away = true;
  await authenticator.storeUses();
  expect(database.used).toEqual([]);
  database.away = false;
  await authenticator.storeUses();
  await authenticator.storeUses();
  expect(database.used).toEqual(['c1@1000010']);
});
