// For tests: removes what a bus left on its brokers.
import type { BusConfig } from '../config.ts';
import { call, driverLogger, openBroker } from './driver.ts';
import { kafkaSettings, nameOf, TOPICS } from './settings.ts';

export async function deleteTopics(config: BusConfig): Promise<void> {
  const settings = kafkaSettings(config);
  const [address] = settings.seeds;
  if (address === undefined) return;
  const options = { clientId: 'test', connectionTimeout: settings.connectMs, requestTimeout: settings.requestMs };
  const broker = openBroker({ ...options, logger: driverLogger(() => undefined) }, address);
  await call(broker, 'DeleteTopics', { topics: TOPICS.map((topic) => nameOf(settings, topic)), timeout: 5000 });
  await broker.disconnect();
}
