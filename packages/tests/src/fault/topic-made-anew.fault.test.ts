// The topic of pushes deleted and made again on a real Kafka, while the platform runs: what was on it is gone, everything after it arrives.
import { type BusConfig, busFields } from '@message-push/bus';
import { createTopic, deleteTopic } from '@message-push/bus/test-topics';
import { connect, type PushMessage } from '@message-push/client';
import { loadConfig } from '@message-push/runtime';
import { backEnd, startPlatform, temporaryDir } from '@message-push/testkit';
import { engineEnv, startEngines } from '@message-push/testkit/stack';
import { afterEach, expect, test, vi } from 'vitest';
import WebSocket from 'ws';

const undo: (() => unknown)[] = [];
afterEach(async () => {
  for (const step of undo.splice(0).reverse()) await step();
});

const WAIT = { timeout: 60_000, interval: 200 };

async function remade(config: BusConfig): Promise<void> {
  await deleteTopic(config, 'pushes');
  await vi.waitFor(() => createTopic(config, 'pushes'), WAIT);
}

test('after the topic was made anew every accepted push arrives once, in a generation raised once', {
  timeout: 240_000,
}, async () => {
  const dir = temporaryDir();
  undo.push(() => dir.remove());
  const engines = await startEngines({ dir: `${dir.path}/stack`, engines: ['kafka'] });
  undo.push(() => engines.kafka.stop());
  const env = { ...engineEnv(engines), BUS_PARTITIONS: '4' };
  const platform = await startPlatform({ dataDir: `${dir.path}/data`, env });
  undo.push(() => platform.stop());
  const back = backEnd(platform.run);
  const seen: PushMessage[] = [];
  const token = await back.token('ann');
  const [url = ''] = platform.run.gateways;
  const { app_id: appId } = platform.run.demo;
  const onMessage = (message: PushMessage) => void seen.push(message);
  // ws has what the SDK uses of the browser's class
  const Socket = WebSocket as unknown as typeof globalThis.WebSocket;
  const connection = connect({ url, appId, uid: 'ann', deviceId: 'd', token, WebSocket: Socket, onMessage });
  undo.push(() => connection.close());
  await new Promise<void>((resolve) => connection.on('login', () => resolve()));
  const send = async (content: string) => expect((await back.push(['ann'], content)).status).toBe(200);
  const contents = () => seen.map(({ content }) => content);
  for (let i = 0; i < 20; i++) await send(`old ${i}`);
  await vi.waitFor(() => expect(contents()).toHaveLength(20), WAIT);
  await remade(loadConfig(busFields, env));
  await vi.waitFor(() => send('probe'), WAIT);
  for (let i = 0; i < 10; i++) await send(`new ${i}`);
  await vi.waitFor(() => expect(contents()).toContain('new 9'), WAIT);
  const after = contents().filter((content) => content.startsWith('new'));
  expect(after).toEqual(Array.from({ length: 10 }, (_, i) => `new ${i}`));
  const generations = seen.map(({ seq = '' }) => Number.parseInt(seq.slice(0, 4), 16));
  expect(new Set(generations)).toEqual(new Set([generations[0], (generations[0] ?? 0) + 1]));
});
