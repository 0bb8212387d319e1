// No secret is written anywhere but where it belongs: not in a log line, a database, another file, or on the terminal.
import { randomBytes } from 'node:crypto';
import { chmodSync, readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { backEnd, LegacyClient, type Platform, startPlatform, temporaryDir } from '@message-push/testkit';
import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest';
import { gatewayUrl } from './platform.ts';
import { admin, issue, start } from './programs.ts';
import { raw } from './raw-http.ts';
import { findInFolder, findSecrets, type Secrets } from './secret-forms.ts';

/** Where a secret may stand. */
const HOMES: Record<string, string[]> = {
  'demo secret': ['demo.json', 'run.json'],
  'start password': ['operator.json', 'run.json'],
  'cluster secret': ['cluster-secret.json'],
  pepper: ['pepper'],
};
const PRIVATE_FILES = ['demo.json', 'operator.json', 'run.json', 'pepper', 'cluster-secret.json'];

describe('the search itself', () => {
  const secret = 'ps_live_9fA+/x-Secret';
  const hex = randomBytes(32).toString('hex');

  test.each([
    ['a text', `{"a":"${secret}"}`],
    ['the header of a login', `Basic ${Buffer.from(`demo:${secret}`).toString('base64')}`],
    ['another place in base64', Buffer.from(`xy${secret}z`).toString('base64url')],
    ['hex', Buffer.from(secret).toString('hex')],
    ['a URL', `/x?token=${encodeURIComponent(secret)}&y`],
    ['UTF-16', Buffer.from(secret, 'utf16le')],
    ['raw bytes', Buffer.concat([randomBytes(99), Buffer.from(hex, 'hex'), randomBytes(99)])],
    ['base64 of raw bytes', Buffer.from(hex, 'hex').toString('base64')],
  ])('finds %s', (_what, bytes) => {
    const planted = Buffer.concat([randomBytes(500), Buffer.from(bytes), randomBytes(500)]);
    expect(findSecrets({ it: secret, hex }, 'here', planted)).not.toEqual([]);
    expect(
      findSecrets({ other: 'ps_live_another-one', hex: randomBytes(32).toString('hex') }, 'here', planted),
    ).toEqual([]);
  });
});

describe.each(['info', 'debug'])('with LOG_LEVEL=%s', (level) => {
  const dir = temporaryDir();
  const secrets: Secrets = {};
  const said: Record<string, string> = {};
  let platform: Platform;

  beforeAll(async () => {
    chmodSync(dir.path, 0o755);
    platform = await startPlatform({ dataDir: dir.path, env: { LOG_LEVEL: level } });
    const { demo, operator } = platform.run;
    secrets['demo secret'] = demo.app_secret;
    secrets['start password'] = operator?.password ?? '';
    secrets['cluster secret'] = JSON.parse(readFileSync(join(dir.path, 'cluster-secret.json'), 'utf8')).secret;
    secrets.pepper = readFileSync(join(dir.path, 'pepper'), 'utf8').trim();
    await useCredentials(platform, dir.path, secrets);
    await connectWithTokens(platform, secrets);
    await signIn(platform, secrets);
    await makeMistakes(platform, secrets);
    await runPrograms(dir.path, said);
  }, 180_000);

  afterAll(async () => {
    await platform?.kill9();
    dir.remove();
  });

  /** Checks that each secret is where it belongs and nowhere else. */
  function expectAtHome(): void {
    const found = findInFolder(secrets, dir.path);
    expect(found.filter(({ name, place }) => !HOMES[name]?.includes(place))).toEqual([]);
    // The search works here: what belongs into a file is found in it.
    for (const [name, [place]] of Object.entries(HOMES)) expect(found).toContainEqual({ name, form: 'text', place });
  }

  test('every file of secrets is private, and so is the folder', () => {
    const mode = (file: string) => (statSync(join(dir.path, file)).mode & 0o777).toString(8);
    expect(PRIVATE_FILES.map((file) => [file, mode(file)])).toEqual(PRIVATE_FILES.map((file) => [file, '600']));
    expect([mode('.'), mode('logs')]).toEqual(['700', '700']);
  });

  test('all secrets are there to be looked for', () => {
    expect(Object.keys(secrets)).toHaveLength(17);
    for (const secret of Object.values(secrets)) expect(secret.length).toBeGreaterThanOrEqual(12);
  });

  test('no file of the running platform holds one', expectAtHome);

  test('the log tells what happened without them', () => {
    const log = readFileSync(join(dir.path, 'logs', 'message-push.log'), 'utf8');
    expect(log).toContain('credential refused');
    if (level === 'debug') {
      expect(log).toContain('"level":20');
      expect(log).toMatch(/token=\[secret\]/);
    }
  });

  test('the terminals show none but the credential in the start block', () => {
    const lines = platform.output().split('\n');
    expect(lines.filter((line) => line.startsWith("    curl -u 'demo:"))).toHaveLength(1);
    const rest = lines.filter((line) => !line.startsWith("    curl -u 'demo:")).join('\n');
    expect(findSecrets(secrets, 'npm start', Buffer.from(rest))).toEqual([]);
    for (const [program, text] of Object.entries(said)) {
      expect(text).not.toBe('');
      expect(findSecrets(secrets, program, Buffer.from(text))).toEqual([]);
    }
  });

  test('no file holds one after a kill, a second start and a stop', async () => {
    await platform.kill9();
    expectAtHome();
    platform = await startPlatform({ dataDir: dir.path, env: { LOG_LEVEL: level } });
    await platform.stop();
    expectAtHome();
  });
});

test('secrets from the environment are in no log line either', async () => {
  const dir = temporaryDir();
  const secrets = { pepper: randomBytes(32).toString('hex') };
  const platform = await startPlatform({ dataDir: dir.path, env: { LOG_LEVEL: 'debug', PEPPER: secrets.pepper } });
  try {
    expect((await backEnd(platform.run).push(['s1'], 'x')).body.code).toBe(1);
    await platform.stop();
    expect(findInFolder(secrets, dir.path)).toEqual([]);
    expect(findSecrets(secrets, 'npm start', Buffer.from(platform.output()))).toEqual([]);
  } finally {
    await platform.kill9();
    dir.remove();
  }
});

/** Pushes with an issued, a rotated and an imported credential, and revokes one. */
async function useCredentials(platform: Platform, dataDir: string, secrets: Secrets): Promise<void> {
  const imported = randomBytes(8).toString('hex');
  await admin(dataDir, 'app', 'create', 'Shop', '--id', 'shop');
  await admin(dataDir, 'credential', 'import', 'shop', imported);
  const issued = await issue(dataDir, 'shop');
  const { secret: rotated } = await admin(dataDir, 'credential', 'rotate', 'shop', '--grace', '1h');
  secrets['imported secret'] = imported;
  secrets['issued secret'] = issued.app_secret;
  secrets['rotated secret'] = String(rotated);
  for (const app_secret of [imported, issued.app_secret, String(rotated)]) {
    const back = backEnd(platform.run, { app_id: 'shop', app_secret });
    expect((await back.push(['s1', 's2'], 'x', {})).body.code).toBe(1);
    expect((await back.call('POST', '/push', { push_method: 2 })).status).toBe(400);
  }
  await admin(dataDir, 'credential', 'revoke', issued.id);
  const { password } = await admin(dataDir, 'operator', 'create', 'ann@example.com', '--role', 'admin');
  secrets['second password'] = String(password);
}

/** Connects with tokens in the URL and in headers, says them in frames, revokes them. */
async function connectWithTokens(platform: Platform, secrets: Secrets): Promise<void> {
  const back = backEnd(platform.run);
  const url = gatewayUrl(platform);
  const app = platform.run.demo.app_id;
  const keep = (name: string, token: string) => {
    secrets[name] = token;
    secrets[`signature of ${name}`] = token.split('.').at(-1) ?? '';
    return token;
  };
  const inUrl = await LegacyClient.login({ url, app, token: keep('token in the URL', await back.token('s1')) });
  const inHeader = await LegacyClient.login({
    url,
    app,
    headers: true,
    token: keep('token in a header', await back.token('s2', { device_id: 'phone', platform: 'mobile' })),
  });
  inUrl.send({ cmd: 'LOGIN', token: secrets['token in the URL'], data: { appKey: app, platform: 'h5' } });
  inUrl.send({ cmd: 'DANCE', token: secrets['token in the URL'] });
  expect((await back.push(['s1', 's2'], 'hello')).body.code).toBe(1);
  await Promise.all([inUrl, inHeader].map((client) => client.until(() => client.messages().length > 0)));
  expect((await back.call('POST', '/tokens/revoke', { token: secrets['token in the URL'] })).body.code).toBe(1);
  await inUrl.until(() => inUrl.closed);
  expect((await back.call('POST', '/tokens/revoke', { uid: 's2' })).body.code).toBe(1);
  await inHeader.until(() => inHeader.closed);
  const again = new LegacyClient({ url, app, token: secrets['token in the URL'] ?? '' });
  expect(await again.until(() => again.refused)).toMatchObject({ status: 401 });
}

/** Signs in to the console's interface, rightly and wrongly. */
async function signIn({ run }: Platform, secrets: Secrets): Promise<void> {
  secrets['wrong password'] = `wrong-${randomBytes(12).toString('base64url')}`;
  const session = (password: string) =>
    fetch(`${run.api}/admin/v1/session`, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify({ email: run.operator?.email, password }),
    });
  expect((await session(secrets['wrong password'])).status).toBe(401);
  const signedIn = await session(secrets['start password'] ?? '');
  expect(signedIn.status).toBe(200);
  const cookie = /mp_session=([^;]+)/.exec(signedIn.headers.get('set-cookie') ?? '')?.[1] ?? '';
  secrets['session cookie'] = decodeURIComponent(cookie);
  const headers = { cookie: `mp_session=${cookie}` };
  expect((await fetch(`${run.api}/admin/v1/session`, { headers })).status).toBe(200);
  // Not before the start password was changed.
  expect((await fetch(`${run.api}/admin/v1/health`, { headers })).status).toBe(403);
  secrets['wrong cookie'] = randomBytes(32).toString('base64url');
  const wrong = { cookie: `mp_session=${secrets['wrong cookie']}` };
  expect((await fetch(`${run.api}/admin/v1/session`, { headers: wrong })).status).toBe(401);
}

/** Secrets in wrong places, as callers put them. */
async function makeMistakes(platform: Platform, secrets: Secrets): Promise<void> {
  const { api, demo } = platform.run;
  const url = gatewayUrl(platform);
  secrets['wrong secret'] = `ps_live_${randomBytes(30).toString('base64url')}`;
  const wrong = backEnd(platform.run, { app_id: demo.app_id, app_secret: secrets['wrong secret'] });
  expect((await wrong.push(['s1'], 'x')).status).toBe(403);
  secrets['wrong token'] = `mp1.${randomBytes(60).toString('base64url')}.${randomBytes(32).toString('base64url')}`;
  const basic = Buffer.from(`${demo.app_id}:${secrets['demo secret']}`).toString('base64');
  const token = secrets['wrong token'];
  const upgrade = (path: string, more = '') =>
    raw(
      url,
      `GET ${path} HTTP/1.1\r\nHost: x\r\nConnection: Upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n${more}\r\n`,
    );
  const path = '/message-push/v1/message';
  await upgrade(`${path}?Authorization=Bearer%20pc:${token}&auth-app-id=demo`);
  await upgrade(`${path}?AUTHORIZATION=pc:${token}&auth-app-id=nobody`);
  await upgrade(`${path}?%41uthorization=pc:${token}&auth-app-id=demo`);
  await upgrade(`/nowhere?Authorization=pc:${token}&token=${token}`);
  await upgrade(
    path,
    `Authorization: Bearer pc:${token}\r\nauth-app-id: demo\r\nCookie: mp_session=${secrets['session cookie']}\r\n`,
  );
  await fetch(`${url.replace('ws:', 'http:')}?Authorization=pc:${token}`);
  for (const name of ['token', 'access_token', 'Authorization', 'secret', '%74oken', 'TOKEN'])
    await fetch(`${api}/message-push/v1/pushes?${name}=${token}`, { headers: { authorization: `Basic ${basic}` } });
  await fetch(`${api}/nowhere?token=${token}`);
  await raw(api, `HELLO ${token}\r\nAuthorization: Basic ${basic}\r\n\r\n`);
  await raw(api, `GET /x HTTP/1.1\r\nHost: x\r\nAuthorization: Basic ${basic}\r\n: broken\r\n\r\n`);
}

/** The programs beside it, with what they print. */
async function runPrograms(dataDir: string, said: Record<string, string>): Promise<void> {
  const listening = start('listen', dataDir, ['--uid', 's9']);
  await waitFor(() => listening.out().includes('listening'));
  const pushed = await start('push', dataDir, ['--uid', 's9', '--text', 'hi']).ended;
  said.push = pushed.out + pushed.err;
  await waitFor(() => listening.out().includes('hi'));
  listening.child.kill('SIGINT');
  const listened = await listening.ended;
  said.listen = listened.out + listened.err;
  said['credential list'] = JSON.stringify(await admin(dataDir, 'credential', 'list', 'shop'));
}

async function waitFor(holds: () => boolean): Promise<void> {
  await vi.waitFor(() => expect(holds()).toBe(true), { timeout: 60_000 });
}
