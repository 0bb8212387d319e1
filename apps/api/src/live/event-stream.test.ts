// A stream holds a bounded part of what its reader is slow to read, says that it dropped the rest, and lets go of one who reads nothing.
import { once } from 'node:events';
import { createServer, type ServerResponse } from 'node:http';
import { type AddressInfo, connect, type Socket } from 'node:net';
import { afterEach, expect, test, vi } from 'vitest';
import { EventLog, type LiveEvent } from './event-log.ts';
import { EventStream, type Reader } from './event-stream.ts';

const reader: Reader = {
  ...{ operator: 'o', sessionId: 's', role: 'admin', apps: undefined, message: undefined },
  topics: new Set(['ring', 'pushes'] as const),
};
const undo: (() => void)[] = [];
afterEach(() => {
  for (const one of undo.splice(0)) one();
});

/** A stream over a socket that reads only when it is told to. */
async function streamTo(of: Reader = reader) {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  // A server that listens on TCP has such an address.
  const socket: Socket = connect((server.address() as AddressInfo).port, '127.0.0.1');
  socket.pause();
  socket.write('GET / HTTP/1.1\r\nhost: x\r\n\r\n');
  const [, response] = (await once(server, 'request')) as [unknown, ServerResponse];
  response.writeHead(200, { 'content-type': 'text/event-stream' });
  let ends = 0;
  const stream = new EventStream(
    of,
    response,
    () => 'l-99',
    () => ends++,
  );
  undo.push(
    () => socket.destroy(),
    () => server.close(),
  );
  let text = '';
  socket.on('data', (bytes: Buffer) => {
    text += bytes.toString();
  });
  socket.pause();
  return { stream, response, socket, text: () => text, ends: () => ends };
}

const ring = (n: number, cause = 'x'): LiveEvent => ({ n, topic: 'ring', data: { version: n, at: 0, cause } });

test('a reader that is slow costs bounded memory, and hears of a gap when it reads on', async () => {
  const { stream, response, socket, text } = await streamTo();
  for (let n = 0; n < 20_000; n++) stream.offer(ring(n, 'y'.repeat(1_000)), `l-${n}`, 0);
  expect(response.writableLength).toBeGreaterThan(200_000);
  expect(response.writableLength).toBeLessThan(300_000);
  socket.resume();
  await vi.waitFor(() => expect(text()).toContain('id: l-99\nevent: gap\ndata: {}'), 5_000);
  stream.offer(ring(7, 'afterwards'), 'l-7', 0);
  await vi.waitFor(() => expect(text().indexOf('afterwards')).toBeGreaterThan(text().indexOf('event: gap')), 5_000);
});

test('a reader that has read nothing for a minute is let go of; comments keep the others', async () => {
  const slow = await streamTo();
  for (let n = 0; n < 20_000; n++) slow.stream.offer(ring(n, 'y'.repeat(1_000)), `l-${n}`, 1_000);
  slow.stream.beat(60_999);
  expect(slow.response.destroyed).toBe(false);
  slow.stream.beat(61_000);
  await vi.waitFor(() => expect(slow.ends()).toBe(1), 5_000);
  const quick = await streamTo();
  quick.stream.beat(0);
  quick.socket.resume();
  await vi.waitFor(() => expect(quick.text()).toContain('\n: \n\n'), 5_000);
});

test('an ended stream ends its connection, once', async () => {
  const { stream, socket, ends } = await streamTo();
  socket.resume();
  const closed = once(socket, 'close');
  stream.end();
  stream.end();
  stream.offer(ring(1), 'l-1', 0);
  await closed;
  await vi.waitFor(() => expect(ends()).toBe(1), 5_000);
});

test('of pushes a reader hears those of their apps, and the number of the rest', async () => {
  const owner = { ...reader, apps: new Set(['a']) };
  const { stream, socket, text } = await streamTo(owner);
  const items = Array.from({ length: 30 }, (_, n) => ({
    message_id: `m${n}`,
    app: n % 2 ? 'a' : 'b',
    c_time: 1,
    accepted: 1,
  }));
  stream.offer(
    {
      n: 1,
      topic: 'pushes',
      data: {
        items,
        counts: new Map([
          ['a', 400],
          ['b', 600],
        ]),
      },
    },
    'l-1',
    0,
  );
  stream.offer({ n: 2, topic: 'pushes', data: { items: [], counts: new Map([['b', 5]]) } }, 'l-2', 0);
  socket.resume();
  await vi.waitFor(() => expect(text()).toContain('\n\n'), 5_000);
  const [, json = ''] = /data: (.*)/.exec(text()) ?? [];
  const data = JSON.parse(json);
  expect([data.items.length, data.more, text().includes('"b"'), text().includes('l-2')]).toEqual([
    12,
    388,
    false,
    false,
  ]);
});

test('the log answers what came behind an id, of the topics asked for, and nothing where it cannot know', () => {
  const log = new EventLog('life', 4);
  const both = new Set(['ring', 'pushes'] as const);
  log.started('ring');
  log.started('pushes');
  const start = log.id();
  log.add('ring', { version: 1, at: 0, cause: '' });
  log.add('pushes', { items: [], counts: new Map() });
  const numbers = (id: string, topics: Parameters<EventLog['after']>[1] = both) =>
    log.after(id, topics)?.map(({ n }) => n);
  expect([numbers(start), numbers('life-1'), numbers('life-2')]).toEqual([[1, 2], [2], []]);
  expect(numbers(start, new Set(['ring']))).toEqual([1]);
  expect([numbers('life-3'), numbers('other-1'), numbers('life'), numbers('')]).toEqual([
    ...[undefined, undefined],
    ...[undefined, undefined],
  ]);
  for (let n = 0; n < 3; n++) log.add('ring', { version: n, at: 0, cause: '' });
  expect([numbers(start), numbers('life-1')]).toEqual([undefined, [2, 3, 4, 5]]);
  log.started('pushes');
  expect([numbers('life-4'), numbers('life-4', new Set(['ring'])), numbers('life-5')]).toEqual([undefined, [5], []]);
});
