import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { ApiError } from '@message-push/protocol';
import { ConfigError, loadConfig, Metrics, systemClock } from '@message-push/runtime';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { archiveFields } from './config.ts';
import { Builder, FACTS, receipt } from './conformance-world.ts';
import type { Source } from './elasticsearch/document.ts';
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

interface Document {
  action: string;
  id: string;
  source: Pick<Source, 'message_id' | 'group' | 'deliveries'>;
}

function documents({ body }: StubRequest): Document[] {
  const lines = body.trim().split('\n');
  return Array.from({ length: lines.length / 2 }, (_, n) => {
    const [[action, { _id: id }] = ['', { _id: '' }]] = Object.entries<{ _id: string }>(JSON.parse(lines[2 * n] ?? ''));
    return { action, id, source: JSON.parse(lines[2 * n + 1] ?? '') };
  });
}

/** An answer to a bulk, one status for each document. */
function answers(request: StubRequest, status: (document: Document) => number): [number, unknown] {
  const items = documents(request).map((document, n) => {
    const code = status(document);
    const outcome =
      code < 300 ? { _seq_no: n, _primary_term: 1 } : { error: { type: 'some_exception', reason: 'why' } };
    return { [document.action]: { status: code, ...outcome } };
  });
  return [200, { items }];
}

function idsOf({ body }: StubRequest): string[] {
  return JSON.parse(body).docs.map(({ _id }: { _id: string }) => _id);
}

function foundIn(stored: Map<string, Document['source']>, _id: string) {
  const _source = stored.get(_id);
  return _source === undefined ? { _id, found: false } : { _id, found: true, _seq_no: 1, _primary_term: 1, _source };
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
    answers(request, ({ id }) => (id === second.message_id && asked++ < 2 ? status : 201)),
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
  const there = await openAt((request) => answers(request, ({ id }) => (id === bad ? 400 : 201)));
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

test('what came before a push to many leaves the first document only when the others have it', async () => {
  const uids = Array.from({ length: 100 }, (_, n) => String(n));
  const push = new Builder().push({ uids });
  const receipts = uids.map((uid) => ({ ...receipt(push, FACTS.acked), uid }));
  const stored = new Map<string, Document['source']>();
  let full = false;
  const there = await openAt(
    (request) => {
      if (!isBulk(request)) return [200, { docs: idsOf(request).map((_id) => foundIn(stored, _id)) }];
      return answers(request, ({ action, id, source }) => {
        if (source.group > 0 && full) return 503;
        if (action === 'create' && stored.has(id)) return 409;
        stored.set(id, source);
        return 200;
      });
    },
    { ELASTICSEARCH_TIMEOUT_MS: '300', ELASTICSEARCH_OPEN_MAX: '0' },
  );
  const inFirst = () => stored.get(push.message_id)?.deliveries.list.length;
  await there.write({ pushes: [], receipts });
  full = true;
  await expect(there.write({ pushes: [push], receipts: [] })).rejects.toMatchObject({ code: 'ARCHIVE_UNAVAILABLE' });
  expect(inFirst(), 'nothing was taken away').toBe(100);
  full = false;
  await there.write({ pushes: [push], receipts: [] });
  expect(inFirst()).toBeLessThan(50);
  expect([...stored.values()].flatMap(({ deliveries }) => deliveries.list).length).toBe(100);
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
