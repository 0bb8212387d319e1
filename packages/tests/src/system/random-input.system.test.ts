// 10,000 random bodies and 10,000 random frames give no 5xx, no crash, no hang, and leave nothing behind. Long: one platform takes it all, and is counted before and after.
import { cpSync, existsSync, mkdirSync, readdirSync, readFileSync } from 'node:fs';
import { request as httpRequest } from 'node:http';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { assertNoLeak, type BackEnd, backEnd, type Platform, startPlatform, temporaryDir } from '@message-push/testkit';
import { Agent, request } from 'undici';
import { afterAll, beforeAll, expect, test } from 'vitest';
import WebSocket from 'ws';
import { PROBE_ARGS, probe, type Reading } from '../bench/measured.ts';
import { samples } from './metrics.ts';
import { gatewayUrl } from './platform.ts';
import { type Random, seeded } from './random.ts';
import { oddValue } from './random-bodies.ts';
import { type Call, randomCall } from './random-calls.ts';
import { deviceOf, sendRandomFrame } from './random-frames.ts';

const BODIES = 10_000;
const FRAMES = 10_000;
/** The gateway answers 60 frames at once; what is beyond would only be dropped. */
const FRAMES_PER_CONNECTION = 50;
const UIDS = 40;
const TIMEOUT_MS = 20_000;
/** A client that sends nonsense: protocol error, no UTF-8, too big; or that logs the same device in elsewhere. */
const RIGHTLY_CLOSED = [1002, 1007, 1009, 4506];

const dir = temporaryDir();
let platform: Platform;
let back: BackEnd;
let authorization: string;
let tokens: string[];
let agent: Agent;

beforeAll(async () => {
  platform = await startPlatform({ dataDir: dir.path, nodeArgs: PROBE_ARGS });
  back = backEnd(platform.run);
  const { app_id, app_secret } = platform.run.demo;
  authorization = `Basic ${Buffer.from(`${app_id}:${app_secret}`).toString('base64')}`;
  tokens = await Promise.all(Array.from({ length: UIDS }, (_, i) => back.token(`r${i}`)));
});

afterAll(async () => {
  await platform?.kill9();
  dir.remove();
});

test(`${BODIES} random bodies and ${FRAMES} random frames never give a 5xx or a crash, and leave nothing behind`, {
  timeout: 600_000,
}, async () => {
  const random = seeded('RANDOM_SEED');
  console.log(`random input: seed ${random.seed}`);
  // Code is compiled, caches are filled and every person has been seen once before anything is measured.
  await oddPushes(random, 200);
  for (let i = 0; i < UIDS; i++) await connection(random, i, 5, true);
  await allBodies(random, 2500);
  await allFrames(random, 2500);
  const before = await quiet();

  const started = Date.now();
  const statuses = await allBodies(random, BODIES);
  const bodiesMs = Date.now() - started;
  const closes = await allFrames(random, FRAMES);
  const framesMs = Date.now() - started - bodiesMs;

  const after = await quiet(before);
  console.log(
    `bodies: ${JSON.stringify(statuses)} in ${bodiesMs} ms; frames: connections ended ${JSON.stringify(closes)} in ${framesMs} ms; ` +
      `heap ${mb(before.heap)} → ${mb(after.heap)} MB, RSS ${mb(before.rss)} → ${mb(after.rss)} MB`,
  );
  expect(Object.keys(statuses).filter((status) => Number(status) >= 500)).toEqual([]);
  assertNoLeak(before.handles, after.handles);
  assertNoLeak(before.sessions, after.sessions);
  assertNoLeak(before.rows, after.rows);
  expect(after.heap).toBeLessThanOrEqual(before.heap * 1.05);
  expect(platform.child.exitCode ?? platform.child.signalCode).toBeNull();
  expect(errorsInLog()).toEqual([]);
  await stillWorks();
});

/** Pushes that are valid and odd: the whole way must take them. */
async function oddPushes(random: Random, count: number): Promise<void> {
  for (let i = 0; i < count; i++) {
    const uid = random.pick(['__proto__', 'constructor', 'hasOwnProperty', '😀', "'; --", '\u202e', '%00', `w${i}`]);
    const title = oddValue(random);
    const answer = await back.push(
      [uid, `w${i}`],
      `x\ud800${random.bytes(20).toString('latin1').replaceAll('\0', '')}`,
      {
        platform: random.pick(['', 'ALL', 'h5, ios', 'Android']),
        options: { ttl_s: random.pick([0, 1, 60]) },
        ...(typeof title === 'string' && title.length < 64 && !title.includes('\0')
          ? { message: { title, content: '\ufeff\u2028 中文 😀' } }
          : {}),
      },
    );
    expect(answer.body).toMatchObject({ code: 1 });
  }
}

async function allBodies(random: Random, count: number): Promise<Record<string, number>> {
  agent = new Agent({ connections: 32, headersTimeout: TIMEOUT_MS, bodyTimeout: TIMEOUT_MS });
  const statuses: Record<string, number> = {};
  let left = count;
  const worker = async () => {
    while (left-- > 0) {
      const call = randomCall(random, authorization);
      const status = await send(call);
      if (status >= 500)
        throw new Error(`${status} for ${call.method} ${call.path}: ${String(call.body).slice(0, 500)}`);
      if (status < 300 && call.mustFail)
        throw new Error(`${status} for ${call.path} with ${String(call.body).slice(0, 500)}`);
      statuses[status] = (statuses[status] ?? 0) + 1;
    }
  };
  await Promise.all(Array.from({ length: 32 }, worker));
  await agent.close();
  return statuses;
}

/** Answers the status; a caller that is told to wait comes back. */
async function send({ method, path, headers, body }: Call): Promise<number> {
  for (;;) {
    const answer = await request(`${platform.run.api}/message-push/v1${path}`, {
      method,
      headers: headers['idempotency-key'] === '' ? { ...headers, 'idempotency-key': ' ' } : headers,
      ...(body === undefined ? {} : { body }),
      dispatcher: agent,
    });
    await answer.body.dump();
    if (answer.statusCode !== 429) return answer.statusCode;
    await new Promise((resolve) => setTimeout(resolve, 100)); // the rate allows more in a moment
  }
}

/**
 * Sends frames over as many connections as the frame rate asks for, 20 at once, until `count` were sent on connections that answered
 * a ping behind them; answers how the connections ended.
 */
async function allFrames(random: Random, count: number): Promise<Record<string, number>> {
  const ended: Record<string, number> = {};
  let heard = 0;
  let connections = 0;
  const worker = async () => {
    while (heard < count) {
      const n = connections++;
      const person = n % UIDS;
      const byHand = n % 20 === 0;
      const how = byHand
        ? await bytesAfterUpgrade(random, person)
        : await connection(random, person, FRAMES_PER_CONNECTION, n % 2 === 0);
      if (how === 'pong') heard += FRAMES_PER_CONNECTION;
      ended[how] = (ended[how] ?? 0) + 1;
    }
  };
  await Promise.all(Array.from({ length: 20 }, worker));
  return ended;
}

/** One connection: frames, then a ping that must be answered unless the nonsense was rightly a reason to close. */
async function connection(random: Random, person: number, frames: number, loggedIn: boolean): Promise<string> {
  const { app_id } = platform.run.demo;
  const query = new URLSearchParams({ Authorization: `Bearer pc:${tokens[person]}`, 'auth-app-id': app_id });
  const socket = new WebSocket(`${gatewayUrl(platform)}?${query}`);
  socket.on('error', () => undefined); // a close event follows
  const closed = new Promise<number>((resolve) => socket.once('close', resolve));
  await inTime(new Promise((resolve) => socket.once('open', resolve)), `person ${person} opens`);
  if (loggedIn) {
    socket.send(
      JSON.stringify({ cmd: 'LOGIN', data: { appKey: app_id, platform: 'h5', device_id: deviceOf(person) } }),
    );
    await inTime(new Promise((resolve) => socket.once('message', resolve)), `person ${person} logs in`);
  }
  for (let i = 0; i < frames; i++) sendRandomFrame(random, socket, person);
  const payload = random.bytes(8);
  const pong = new Promise<'pong'>((resolve) => {
    socket.on('pong', (data) => {
      if (payload.equals(data)) resolve('pong');
    });
  });
  if (socket.readyState === WebSocket.OPEN) socket.ping(payload);
  const end = await inTime(Promise.race([pong, closed]), `person ${person} hears a pong`);
  socket.terminate();
  if (end !== 'pong' && !RIGHTLY_CLOSED.includes(end)) throw new Error(`closed with ${end}`);
  return String(end);
}

/** Random bytes where frames belong. */
async function bytesAfterUpgrade(random: Random, person: number): Promise<string> {
  const { app_id } = platform.run.demo;
  const query = new URLSearchParams({ Authorization: `Bearer pc:${tokens[person]}`, 'auth-app-id': app_id });
  const call = httpRequest(`${gatewayUrl(platform).replace('ws:', 'http:')}?${query}`, {
    headers: {
      connection: 'Upgrade',
      upgrade: 'websocket',
      'sec-websocket-version': '13',
      'sec-websocket-key': random.bytes(16).toString('base64'),
    },
  });
  const socket = await inTime(
    new Promise<import('node:stream').Duplex>((resolve, reject) => {
      call.on('upgrade', (_response, stream) => resolve(stream));
      call.on('error', reject);
      call.end();
    }),
    'an upgrade by hand',
  );
  const ended = new Promise<'cut'>((resolve) => socket.once('close', () => resolve('cut')));
  socket.on('error', () => undefined); // a reset is an end like any other
  socket.resume();
  for (let i = 0; i < FRAMES_PER_CONNECTION && !socket.destroyed; i++) socket.write(random.bytes(random.int(200) + 1));
  // Bytes may also look like the beginning of a long frame that never comes: then the client is the one to go.
  socket.end();
  return inTime(ended, 'the end of a connection with random bytes');
}

async function inTime<T>(work: Promise<T>, what: string): Promise<T> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<never>((_resolve, reject) => {
    timer = setTimeout(() => reject(new Error(`it hangs: ${what}, not within ${TIMEOUT_MS} ms`)), TIMEOUT_MS);
  });
  try {
    return await Promise.race([work, late]);
  } finally {
    clearTimeout(timer);
  }
}

interface Footprint {
  handles: Record<string, number>;
  sessions: Record<string, number>;
  rows: Record<string, number>;
  heap: number;
  rss: number;
}

/** Waits until nothing is under way, then measures; with `start` until what comes and goes is back at it, at most 60 s. */
async function quiet(start?: Footprint): Promise<Footprint> {
  await expect.poll(underWay, { timeout: 60_000, interval: 200 }).toBe(0);
  let found = await footprint();
  const until = Date.now() + 60_000;
  while (start !== undefined && Date.now() < until && !isBack(start, found)) found = await footprint();
  return { ...found, rows: rows() };
}

function isBack(start: Footprint, now: Footprint): boolean {
  try {
    assertNoLeak(start.handles, now.handles);
    assertNoLeak(start.sessions, now.sessions);
    return now.heap <= start.heap * 1.05;
  } catch {
    return false;
  }
}

/** Requests, sockets and unsettled entries. */
async function underWay(): Promise<number> {
  const found = await samples(platform.run.api);
  let sum = 0;
  for (const [key, value] of found) {
    if (/^mp_(gateway_sockets|node_sessions|consumer_unsettled|consumer_\w+_lag|node_receipts_queued)\b/.test(key))
      sum += value;
  }
  return sum;
}

async function footprint(): Promise<Footprint> {
  const readings: Reading[] = [];
  const fds: number[] = [];
  for (let i = 0; i < 6; i++) {
    await new Promise((resolve) => setTimeout(resolve, 150)); // timers come and go: several looks, spread
    readings.push(await probe(platform.child));
    fds.push(openFiles());
  }
  const found = await samples(platform.run.api);
  const types = new Set(readings.flatMap(({ resources }) => Object.keys(resources)));
  const most = (type: string) => Math.max(...readings.map(({ resources }) => resources[type] ?? 0));
  const sessions = [...found].filter(([key]) =>
    /^mp_(gateway_sockets|gateway_sessions|node_sessions|node_uids)/.test(key),
  );
  return {
    handles: { ...Object.fromEntries([...types].map((type) => [type, most(type)])), fds: Math.min(...fds) },
    sessions: Object.fromEntries(sessions),
    rows: {},
    heap: Math.min(...readings.map(({ heapUsed }) => heapUsed)),
    rss: Math.min(...readings.map(({ rss }) => rss)),
  };
}

/** Open files of the platform; 0 where there is no /proc. */
function openFiles(): number {
  const folder = `/proc/${platform.child.pid}/fd`;
  return existsSync(folder) ? readdirSync(folder).length : 0;
}

/** Rows of every table of the embedded stores, counted in a copy that was made while the platform stood still. */
function rows(): Record<string, number> {
  const copy = join(dir.path, 'copy');
  mkdirSync(copy, { recursive: true });
  platform.child.kill('SIGSTOP');
  try {
    for (const name of readdirSync(dir.path))
      if (/\.db(-wal)?$/.test(name)) cpSync(join(dir.path, name), join(copy, name));
  } finally {
    platform.child.kill('SIGCONT');
  }
  const counts: Record<string, number> = {};
  for (const name of readdirSync(copy).filter((file) => file.endsWith('.db'))) {
    const db = new DatabaseSync(join(copy, name));
    const tables = db.prepare("SELECT name FROM sqlite_master WHERE type = 'table' AND sql NOT LIKE '%VIRTUAL%'").all();
    for (const table of tables) {
      // Words to close sessions go after ten minutes.
      const kept = table.name === 'revocation' ? 'WHERE brief = 0' : '';
      const row = db.prepare(`SELECT count(*) AS n FROM "${table.name}" ${kept}`).get();
      counts[`${name} ${table.name}`] = Number(row?.n);
    }
    db.close();
  }
  return counts;
}

function errorsInLog(): string[] {
  const log = readFileSync(join(dir.path, 'logs', 'message-push.log'), 'utf8');
  return log.split('\n').filter((line) => /"level":[56]0\b/.test(line));
}

async function stillWorks(): Promise<void> {
  const query = new URLSearchParams({ Authorization: `pc:${await back.token('last')}`, 'auth-app-id': 'demo' });
  const socket = new WebSocket(`${gatewayUrl(platform)}?${query}`);
  const arrived = new Promise<string>((resolve) => {
    socket.on('message', (data) => {
      if (String(data).includes('"MESSAGE"')) resolve(String(data));
    });
  });
  await inTime(new Promise((resolve) => socket.once('open', resolve)), 'the last client opens');
  socket.send('{"cmd":"LOGIN","data":{"appKey":"demo","platform":"h5"}}');
  await inTime(new Promise((resolve) => socket.once('message', resolve)), 'the last client logs in');
  expect((await back.push(['last'], 'after the storm')).body.code).toBe(1);
  expect(await inTime(arrived, 'the last message')).toContain('after the storm');
  socket.terminate();
}

function mb(bytes: number): string {
  return (bytes / 2 ** 20).toFixed(1);
}
