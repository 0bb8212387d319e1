import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { type Broker, call, driverLogger, giveUp, openBroker } from './driver.ts';
import { FakeBroker } from './fake-broker.ts';

const WINDOW_MS = 300;
const server = new FakeBroker();
let broker: Broker;

beforeEach(async () => {
  await server.listen();
  const options = {
    clientId: 'test',
    connectionTimeout: 1000,
    requestTimeout: 1000,
    logger: driverLogger(() => undefined),
  };
  broker = openBroker(options, { host: '127.0.0.1', port: server.port });
});
afterEach(async () => {
  giveUp(broker);
  await server.close();
});

test('a connection at rest arms no timer', async () => {
  await call(broker, 'InitProducerId', {});
  const timers = vi.spyOn(globalThis, 'setTimeout');
  const since = performance.now();
  await vi.waitFor(() => expect(performance.now() - since).toBeGreaterThan(WINDOW_MS), { interval: WINDOW_MS });
  // Those of this wait; kafkajs as it comes arms one a millisecond.
  expect(timers.mock.calls.length).toBeLessThan(10);
  timers.mockRestore();
});

test('a request without an answer fails after its time, and so do those that wait on its connection', async () => {
  await call(broker, 'InitProducerId', {});
  server.silent = true;
  const asked = [1, 2].map(() => call(broker, 'InitProducerId', {}).catch((error: Error) => error.name));
  const names = await Promise.all(asked);
  expect(names.every((name) => typeof name === 'string' && name.startsWith('KafkaJS'))).toBe(true);
  server.silent = false;
});
