// Random frames of clients and nodes: nothing crashes, nothing stays behind.
import { randomBytes } from 'node:crypto';
import { afterEach, expect, test } from 'vitest';
import { WebSocket } from 'ws';
import { connect, jwt, login, metric, type Platform, startPlatform, undoAll, until } from './fixture.ts';

afterEach(undoAll);

/** Numbers that a seed determines (mulberry32). */
function numbers(seed: number): (below: number) => number {
  let state = seed;
  return (below) => {
    state = (state + 0x6d2b79f5) | 0;
    let t = Math.imul(state ^ (state >>> 15), 1 | state);
    t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t;
    return ((t ^ (t >>> 14)) >>> 0) % below;
  };
}

const PIECES = [
  '{',
  '}',
  '[',
  ']',
  '"cmd"',
  '"LOGIN"',
  '"ACK"',
  '"HEARTBEAT"',
  ':',
  ',',
  'null',
  '1e999',
  '"data"',
  '"seq"',
  '"\\u0000"',
  '"__proto__"',
  '-0',
  ' ',
  '"appKey"',
  '"shop"',
];
const COMMANDS = ['LOGIN', 'HEARTBEAT', 'ACK', 'login', 'X', '', null, 7, {}, []];
const VALUES = [
  'shop',
  'h5',
  '',
  null,
  0,
  -1,
  1e308,
  true,
  [],
  {},
  'x'.repeat(300),
  '0001000000000000010000',
  '\u0000',
  '\ud800',
];

function randomFrame(next: (below: number) => number): string | Buffer {
  const kind = next(4);
  if (kind === 0) return randomBytes(next(200));
  if (kind === 1) return randomBytes(next(200)).toString('latin1');
  if (kind === 2) return Array.from({ length: next(12) }, () => PIECES[next(PIECES.length)]).join('');
  const names = ['appKey', 'platform', 'device_id', 'cursor', 'seq', 'ack', 'DATA', '__proto__'];
  const data = Object.fromEntries(names.filter(() => next(2) === 1).map((name) => [name, VALUES[next(VALUES.length)]]));
  return JSON.stringify({
    cmd: COMMANDS[next(COMMANDS.length)],
    data: next(5) === 0 ? VALUES[next(VALUES.length)] : data,
  });
}

const handles = () => process.getActiveResourcesInfo().filter((name) => name === 'TCPSocketWrap').length;

async function settled(platform: Platform, before: number): Promise<void> {
  await until(async () => (await metric(platform, 'mp_gateway_sockets')) === 0);
  await until(() => handles() <= before);
}

test('10,000 random frames never crash, and sockets and sessions are back at the start', async () => {
  const seed = Date.now() % 1_000_000;
  const next = numbers(seed);
  const platform = await startPlatform({ config: { gatewayFramesPerSecond: 100_000, gatewayFramesBurst: 100_000 } });
  const before = handles();
  for (let round = 0; round < 50; round++) {
    const client = await connect(platform, `u${round}`);
    for (let i = 0; i < 200; i++) client.socket.send(randomFrame(next), { binary: next(4) === 0 });
    client.send({ cmd: 'HEARTBEAT' });
    await client.until(() => client.closed !== undefined || client.frames.some((frame) => frame.type === 'HEARTBEAT'));
    if (next(2) === 0) client.terminate();
    else client.close();
  }
  await settled(platform, before);
  const client = await login(platform, 'after');
  expect(client.frames[0]?.data?.code, `seed ${seed}`).toBe(1);
}, 60_000);

test('bytes that are no WebSocket frames close their own socket only', async () => {
  const platform = await startPlatform({ config: { gatewayFramesBurst: 1000 } });
  const before = handles();
  const good = await login(platform, 'good');
  for (let round = 0; round < 100; round++) {
    const client = await connect(platform, `u${round}`);
    // Below the framing of the client.
    (client.socket as unknown as { _socket: { write(bytes: Buffer): void } })._socket.write(randomBytes(100));
    const answers = good.frames.length;
    good.send({ cmd: 'HEARTBEAT' });
    await good.until(() => good.frames.length > answers);
    client.terminate();
  }
  expect(good.closed).toBeUndefined();
  good.terminate();
  await settled(platform, before);
});

test('a client that goes at any moment of its LOGIN leaves nothing behind', async () => {
  const next = numbers(7);
  const platform = await startPlatform();
  const before = handles();
  await Promise.all(
    Array.from({ length: 200 }, async (_, i) => {
      const socket = new WebSocket(`${platform.url}?Authorization=pc:${jwt(`u${i}`)}&auth-app-id=shop`);
      socket.on('error', () => undefined);
      socket.on('open', () => socket.send('{"cmd":"LOGIN","data":{"appKey":"shop","platform":"h5","device_id":"d"}}'));
      setTimeout(() => socket.terminate(), next(60));
      await new Promise((resolve) => socket.once('close', resolve));
    }),
  );
  await settled(platform, before);
  const binds = platform.node.binds.length;
  await until(() => platform.node.frames.filter((frame) => frame.type === 'unbind' && frame.ended).length >= binds);
});

test('frames of a node that mean nothing here are ignored', async () => {
  const platform = await startPlatform();
  const client = await login(platform, 'u1');
  for (let i = 0; i < 50; i++) {
    const link = platform.node.links[0];
    if (link === undefined) throw new Error('the link is gone');
    link.send({
      type: 'down',
      seq: '0'.repeat(22),
      online: i % 2 === 0,
      targets: Uint32Array.of(i),
      bytes: randomBytes(i),
    });
    link.send({ type: 'bound', session: i, bind: i, start: '0'.repeat(22), resumed: false, attached: false });
    link.send({ type: 'close', session: i + 1000, bind: 1, code: 4503, reason: '' });
    link.send({ type: 'unbind', session: 1, bind: 1, ended: true });
  }
  client.send({ cmd: 'HEARTBEAT' });
  await client.until(() => client.frames.some((frame) => frame.type === 'HEARTBEAT'));
});
