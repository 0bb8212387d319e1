import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { ApiError } from '@message-push/protocol';
import { ConfigError, loadConfig, Metrics, systemClock } from '@message-push/runtime';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { archiveFields } from './config.ts';
import { Builder, FACTS, receipt } from './conformance-world.ts';
import { type StubRequest, type StubServer, stubServer, TEST_CERTIFICATE } from './elasticsearch/stub-server.ts';
import { type Archive, createArchive } from './index.ts';

let dir: string;
let server: StubServer | undefined;
let archive: Archive | undefined;
const metrics = new Metrics();

beforeEach(() => {
  dir = mkdtempSync(join(tmpdir(), 'mp-archive-'));
});
afterEach(async () => {
  await archive?.close();
  await server?.close();
  archive = undefined;
  server = undefined;
  rmSync(dir, { recursive: true });
});

async function open(env: Record<string, string>): Promise<Archive> {
  const config = loadConfig(archiveFields, { ARCHIVE: 'elasticsearch', ELASTICSEARCH_TIMEOUT_MS: '2000', ...env });
  archive = await createArchive(config, { dir: '', clock: systemClock, metrics });
  return archive;
}

async function openAt(answer: Parameters<typeof stubServer>[0], env: Record<string, string> = {}): Promise<Archive> {
  server = await stubServer(answer);
  return open({ ELASTICSEARCH_URL: `http://127.0.0.1:${server.port}`, ...env });
}

/** What a bulk holds: [action, document] pairs. */
function documents({ body }: StubRequest): { action: string; source: { message_id: string } }[] {
  const lines = body.trim().split('\n');
  return Array.from({ length: lines.length / 2 }, (_, n) => ({
    action: Object.keys(JSON.parse(lines[2 * n] ?? ''))[0] ?? '',
    source: JSON.parse(lines[2 * n + 1] ?? ''),
  }));
}

/** An answer to a bulk, one status for each document. */
function answers(request: StubRequest, status: (messageId: string) => number): [number, unknown] {
  const items = documents(request).map(({ action, source }, n) => {
    const code = status(source.message_id);
    const outcome =
      code < 300 ? { _seq_no: n, _primary_term: 1 } : { error: { type: 'some_exception', reason: 'why' } };
    return { [action]: { status: code, ...outcome } };
  });
  return [200, { items }];
}

const isBulk = ({ path }: StubRequest) => path.startsWith('/_bulk');

test('no server need be there at the start; every call says that it is away, with the reason for the log', async () => {
  const nobody = await stubServer(() => [500, {}]);
  await nobody.close();
  const away = await open({ ELASTICSEARCH_URL: `http://127.0.0.1:${nobody.port}`, ELASTICSEARCH_TIMEOUT_MS: '300' });
  const push = new Builder().push();
  const calls = [
    () => away.ping(),
    () => away.search({}, { limit: 1 }),
    () => away.push(push.message_id),
    () => away.retain(0),
    () => away.write({ pushes: [push], receipts: [] }),
  ];
  for (const call of calls) {
    const error: unknown = await call().catch((reason: unknown) => reason);
    expect(error).toMatchObject({
      code: 'ARCHIVE_UNAVAILABLE',
      cause: { message: expect.stringContaining('ECONNREFUSED') },
    });
  }
});

test('a server that refuses the credentials is named by its reason', async () => {
  const refused = await openAt(() => [401, { error: { type: 'security_exception', reason: 'no' }, status: 401 }]);
  await expect(refused.ping()).rejects.toMatchObject({
    cause: { message: 'Elasticsearch refuses the user or the key' },
  });
});

test.each([429, 503, 403, 500])('a document answered with %i is tried again, the others are not', async (status) => {
  const build = new Builder();
  const [first, second] = [build.push(), build.push()];
  let asked = 0;
  const there = await openAt((request) =>
    answers(request, (messageId) => (messageId === second.message_id && asked++ < 2 ? status : 201)),
  );
  await there.write({ pushes: [first, second], receipts: [] });
  const sent = server?.requests.map((request) => documents(request).map(({ source }) => source.message_id));
  expect(sent).toEqual([[first.message_id, second.message_id], [second.message_id], [second.message_id]]);
});

test('a write that finds no end of trouble is given back as away, so that the bus tells it again', async () => {
  const full = await openAt((request) => answers(request, () => 429), { ELASTICSEARCH_TIMEOUT_MS: '300' });
  await expect(full.write({ pushes: [new Builder().push()], receipts: [] })).rejects.toMatchObject({
    code: 'ARCHIVE_UNAVAILABLE',
    cause: { message: 'Elasticsearch answers 429 to a document: some_exception: why' },
  });
});

test('a document that the server refuses costs none of its neighbours', async () => {
  const build = new Builder();
  const pushes = [build.push(), build.push(), build.push()];
  const bad = pushes[1]?.message_id;
  const there = await openAt((request) => answers(request, (messageId) => (messageId === bad ? 400 : 201)));
  const error: unknown = await there.write({ pushes, receipts: [] }).catch((reason: unknown) => reason);
  expect(error).not.toBeInstanceOf(ApiError);
  expect(error).toMatchObject({ message: 'the archive cannot store this' });
  expect(server?.requests.length).toBe(1);
  const stored = await metrics.getSingleMetric('mp_archive_documents_total')?.get();
  expect(stored?.values).toContainEqual(expect.objectContaining({ labels: { outcome: 'refused' }, value: 1 }));
});

test('push and outcome cost two documents and no read, told together one', async () => {
  const push = new Builder().push();
  const there = await openAt((request) => answers(request, () => 201));
  await there.write({ pushes: [push], receipts: [] });
  await there.write({ pushes: [], receipts: [receipt(push, FACTS.routed), receipt(push, FACTS.acked)] });
  await there.write({ pushes: [push], receipts: [receipt(push, FACTS.routed)] }); // told again
  const other = new Builder().push();
  await there.write({ pushes: [other], receipts: [receipt(other, FACTS.acked)] });
  const sent = server?.requests.map((request) => [isBulk(request), ...documents(request).map(({ action }) => action)]);
  expect(sent).toEqual([
    [true, 'create'],
    [true, 'index'],
    [true, 'create'],
  ]);
});

test('with its certificate and password a server is trusted over TLS, without the certificate it is not', async () => {
  const stub = await stubServer((request) => answers(request, () => 201), { tls: true });
  server = stub;
  const url = { ELASTICSEARCH_URL: `https://127.0.0.1:${stub.port}` };
  const batch = { pushes: [new Builder().push()], receipts: [] };
  const stranger = await open({ ...url, ELASTICSEARCH_TIMEOUT_MS: '300' });
  await expect(stranger.write(batch)).rejects.toMatchObject({
    cause: { message: expect.stringContaining('certificate') },
  });
  await stranger.close();
  const file = join(dir, 'ca.pem');
  writeFileSync(file, TEST_CERTIFICATE);
  const trusted = { ...url, ELASTICSEARCH_CA_FILE: file };
  await (await open({ ...trusted, ELASTICSEARCH_USERNAME: 'mp', ELASTICSEARCH_PASSWORD: 'secret' })).write(batch);
  await archive?.close();
  await (await open({ ...trusted, ELASTICSEARCH_API_KEY: 'a2V5' })).write(batch);
  expect(stub.requests.map(({ authorization }) => authorization)).toEqual([
    `Basic ${Buffer.from('mp:secret').toString('base64')}`,
    'ApiKey a2V5',
  ]);
});

const URL_THERE = { ELASTICSEARCH_URL: 'http://127.0.0.1:9200' };

test.each<[string, Record<string, string>]>([
  ['ELASTICSEARCH_URL: required by ARCHIVE=elasticsearch', {}],
  ['ELASTICSEARCH_URL: must be http(s)://host:port', { ELASTICSEARCH_URL: 'localhost:9200' }],
  ['ELASTICSEARCH_URL: must be http(s)://host:port', { ELASTICSEARCH_URL: 'https://a:9200,http://b:9200' }],
  ['a password belongs into ELASTICSEARCH_PASSWORD', { ELASTICSEARCH_URL: 'http://mp:secret@a:9200' }],
  ['ELASTICSEARCH_PASSWORD: required with', { ...URL_THERE, ELASTICSEARCH_USERNAME: 'mp' }],
  ['ELASTICSEARCH_USERNAME: required with', { ...URL_THERE, ELASTICSEARCH_PASSWORD: 'secret' }],
  [
    'ELASTICSEARCH_API_KEY: set either',
    { ...URL_THERE, ELASTICSEARCH_API_KEY: 'k', ELASTICSEARCH_USERNAME: 'mp', ELASTICSEARCH_PASSWORD: 'secret' },
  ],
  ['ELASTICSEARCH_CA_FILE: needs https', { ...URL_THERE, ELASTICSEARCH_CA_FILE: '/nowhere' }],
  ['ELASTICSEARCH_CA_FILE: ENOENT', { ELASTICSEARCH_URL: 'https://a:9200', ELASTICSEARCH_CA_FILE: '/nowhere' }],
  ['ELASTICSEARCH_PREFIX: must begin', { ...URL_THERE, ELASTICSEARCH_PREFIX: '_Mine*' }],
])('a setting that is missing or contradicts another is refused at the start: %s', async (problem, env) => {
  const error: unknown = await open(env).catch((reason: unknown) => reason);
  expect(error).toBeInstanceOf(ConfigError);
  expect(error).toMatchObject({ message: expect.stringContaining(problem) });
});
