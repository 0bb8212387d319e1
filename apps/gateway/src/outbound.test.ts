// What goes out over real sockets: the same bytes, positions of what the kernel took, slow readers.
import type { PositionsFrame } from '@message-push/protocol';
import { afterEach, expect, test } from 'vitest';
import { WebSocket } from 'ws';
import {
  atEnd,
  jwt,
  login,
  metric,
  type NodeEnd,
  type Platform,
  seqOf,
  startPlatform,
  undoAll,
  until,
} from './fixture.ts';
import { textFrame, textFrameOf } from './text-frame.ts';

afterEach(undoAll);

const positions = (node: NodeEnd, type: PositionsFrame['type']) =>
  node.frames.filter((frame): frame is PositionsFrame => frame.type === type).flatMap((frame) => frame.positions);

/** A client that logs in and then reads nothing. */
async function deaf(platform: Platform, uid: string) {
  const url = `${platform.url}?Authorization=pc:${jwt(uid)}&auth-app-id=shop`;
  const socket = new WebSocket(url);
  atEnd(() => socket.terminate());
  const messages: string[] = [];
  const closed = new Promise<number>((resolve) => socket.on('close', resolve));
  socket.on('open', () => socket.send('{"cmd":"LOGIN","data":{"appKey":"shop","platform":"h5"}}'));
  await new Promise<void>((resolve) => socket.once('message', () => resolve()));
  socket.on('message', (text) => void messages.push(String(text)));
  socket.pause();
  return { socket, messages, closed };
}

test('one message goes to many sessions as the same bytes, of every length that frames differ in', async () => {
  const platform = await startPlatform();
  const clients = [await login(platform, 'u1'), await login(platform, 'u2'), await login(platform, 'u3')];
  const targets = Uint32Array.from(platform.node.binds.flatMap(({ session, bind }) => [session, bind]));
  const lengths = [0, 10, 60, 61, 62, 63, 1000, 65_460, 65_470, 65_480, 65_490, 200_000];
  for (const [i, length] of lengths.entries()) {
    const text = `{"cmd":"RESPONSE","type":"MESSAGE","data":{"content":"${'é'.repeat(Math.floor(length / 2))}"}}`;
    platform.node.links[0]?.send({ type: 'down', seq: seqOf(i + 1), online: false, targets, bytes: Buffer.from(text) });
  }
  for (const client of clients) {
    await client.until(() => client.messages().length === lengths.length);
    expect(client.messages().map((message) => String(message.content).length)).toEqual(
      lengths.map((length) => Math.floor(length / 2)),
    );
  }
});

test('what the kernel took is reported as written, in batches, and what the client acknowledged as acked', async () => {
  const platform = await startPlatform();
  const client = await login(platform, 'u1');
  const [frame] = platform.node.binds;
  if (frame === undefined) throw new Error('not bound');
  for (let i = 1; i <= 100; i++) platform.node.down(frame, `m${i}`, seqOf(i));
  await until(() => positions(platform.node, 'written').at(-1)?.seq === seqOf(100));
  expect(positions(platform.node, 'written').length).toBeLessThan(10);
  await client.until(() => client.messages().length === 100);
  client.send({ cmd: 'HEARTBEAT', data: { seq: seqOf(60) } });
  client.send({ cmd: 'ACK', data: { seq: seqOf(40) } });
  client.send({ cmd: 'ACK', data: { seq: seqOf(101) } });
  client.send({ cmd: 'ACK', data: { seq: seqOf(99) } });
  await until(() => positions(platform.node, 'acked').at(-1)?.seq === seqOf(99));
  expect(positions(platform.node, 'acked').map(({ seq }) => seq)).not.toContain(seqOf(101));
});

test('much that was written to one session is reported without waiting for the tick', async () => {
  const gatewayTickMs = 4000;
  const platform = await startPlatform({ config: { gatewayTickMs } });
  await login(platform, 'u1');
  const [frame] = platform.node.binds;
  if (frame === undefined) throw new Error('not bound');
  const sentAt = performance.now();
  for (let i = 1; i <= 4; i++) platform.node.down(frame, 'x'.repeat(16_000), seqOf(i));
  await until(() => positions(platform.node, 'written').at(-1)?.seq === seqOf(4));
  expect(performance.now() - sentAt).toBeLessThan(gatewayTickMs / 2);
});

test('a slow reader is closed with 4008 before its queue grows past its bound; nobody else waits', async () => {
  const platform = await startPlatform({ config: { gatewayOutboundBytesMax: 256 * 1024 } });
  const slow = await deaf(platform, 'slow');
  const quick = await login(platform, 'quick');
  const [first, second] = platform.node.binds;
  if (first === undefined || second === undefined) throw new Error('not bound');
  const block = 'x'.repeat(60_000);
  let sent = 0;
  await until(() => {
    if (sent < 500) {
      platform.node.down(first, block, seqOf(++sent));
      platform.node.down(second, 'small', seqOf(sent));
    }
    return platform.node.frames.some((frame) => frame.type === 'unbind');
  });
  expect(await metric(platform, 'mp_gateway_closed_total')).toBe(1);
  await quick.until(() => quick.messages().length === sent);
  slow.socket.resume();
  expect(await slow.closed).toBe(4008);
  const written = positions(platform.node, 'written').filter(({ session }) => session === first.session);
  expect(written.length).toBeGreaterThan(0);
  const confirmed = Number.parseInt(written.at(-1)?.seq.slice(4, 18) ?? '0', 16);
  expect(slow.messages.length).toBeGreaterThanOrEqual(confirmed);
});

test('a reader whose oldest unsent byte waits too long is closed with 4008', async () => {
  const platform = await startPlatform({
    config: { gatewayOutboundBytesMax: 64 * 1024 * 1024, gatewayOutboundMs: 300 },
  });
  const slow = await deaf(platform, 'slow');
  const [frame] = platform.node.binds;
  if (frame === undefined) throw new Error('not bound');
  for (let i = 1; i <= 200; i++) platform.node.down(frame, 'x'.repeat(100_000), seqOf(i));
  await until(() => platform.node.frames.some((each) => each.type === 'unbind'));
  const written = positions(platform.node, 'written').at(-1)?.seq ?? '';
  expect(written < seqOf(200)).toBe(true);
  slow.socket.resume();
  expect(await slow.closed).toBe(4008);
});

test('a reader that was slow for a while gets everything and is up to date again', async () => {
  const platform = await startPlatform({ config: { gatewayOutboundBytesMax: 64 * 1024 * 1024 } });
  const slow = await deaf(platform, 'slow');
  const [frame] = platform.node.binds;
  if (frame === undefined) throw new Error('not bound');
  for (let i = 1; i <= 150; i++) platform.node.down(frame, 'x'.repeat(100_000), seqOf(i));
  await until(async () => (await metric(platform, 'mp_gateway_slow_readers')) === 1);
  slow.socket.resume();
  await until(() => slow.messages.length === 150);
  await until(() => positions(platform.node, 'written').at(-1)?.seq === seqOf(150));
  await until(async () => (await metric(platform, 'mp_gateway_slow_readers')) === 0);
});

test('text and bytes are framed alike', () => {
  for (const text of ['', 'a', 'é'.repeat(62), 'é'.repeat(63), 'x'.repeat(65_535), 'x'.repeat(65_536)])
    expect(textFrameOf(text)).toEqual(textFrame(Buffer.from(text)));
});
