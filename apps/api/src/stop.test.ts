// A stop waits for requests under way, and for nothing else that is connected.
import { once } from 'node:events';
import { connect, type Socket } from 'node:net';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { basic, openWorld, pushBody, type RunningApi, replaced, type World } from './world.ts';

/** Far above what a stop takes: whoever waits for the end of it fails. */
const DRAIN_MS = 300_000;
let world: World;
let authorization: string;

beforeAll(async () => {
  world = await openWorld();
  authorization = basic(await world.app());
}, 60_000);

afterAll(() => world.close());

const start = (replaced = {}) => world.api({ API_DRAIN_MS: String(DRAIN_MS) }, replaced);

/** A connection on which `text` was sent, and that reads nothing by itself. */
async function connected({ url }: RunningApi, text: string): Promise<Socket> {
  const { hostname, port } = new URL(url);
  const socket = connect(Number(port), hostname);
  socket.on('error', () => {});
  await once(socket, 'connect');
  socket.write(text);
  return socket;
}

const REQUEST = 'GET /healthz HTTP/1.1\r\nhost: x\r\n\r\n';

test.each([
  ['that has sent nothing', '', false],
  ['that has sent half a request', 'GET /healthz HTTP/1.1\r\nhost: ', false],
  ['that has had its answer', REQUEST, true],
  ['that has had an answer and begins again', REQUEST + REQUEST.slice(0, 9), true],
])('a stop ends a connection %s', async (_, text, isAnswered) => {
  const api = await start();
  const socket = await connected(api, text);
  const ended = new Promise((resolve) => socket.once('close', resolve));
  if (isAnswered) await once(socket, 'data');
  socket.resume();
  await api.stop();
  await ended;
});

test('a stop ends a connection whose caller has gone, and waits for the push that it sent', async () => {
  const gate = Promise.withResolvers<void>();
  const asked = Promise.withResolvers<void>();
  const stored: string[] = [];
  const bus = replaced(world.bus, {
    publish: async (topic, records) => {
      asked.resolve();
      await gate.promise;
      for (const { value } of records) stored.push(Buffer.from(value).toString());
      return world.bus.publish(topic, records);
    },
  });
  const api = await start({ bus });
  const body = JSON.stringify(pushBody([1]));
  const head = `POST /message-push/v1/push HTTP/1.1\r\nhost: x\r\nauthorization: ${authorization}\r\ncontent-type: application/json`;
  const socket = await connected(api, `${head}\r\ncontent-length: ${body.length}\r\n\r\n${body}`);
  await asked.promise;
  socket.destroy();
  const stopped = api.stop();
  gate.resolve();
  await stopped;
  expect(stored).toHaveLength(1);
});
