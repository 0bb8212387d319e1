// Run by the conformance suite as a process of its own: publishes numbered records and prints each offset it is answered.
import { loadConfig, systemClock } from '@message-push/runtime';
import { busFields } from './config.ts';
import { createBus } from './index.ts';

// biome-ignore lint/style/noProcessEnv: the suite chooses the bus by the environment of this process
const bus = await createBus(loadConfig(busFields, { BUS_PARTITIONS: '2', ...process.env }), {
  dir: process.argv[2] ?? '',
  clock: systemClock,
});
while (await bus.ping().catch((reason) => reason));
for (let n = 0; ; n++) {
  const offsets = await bus.publish('pushes', [{ partition: 0, value: Buffer.from(`record ${n}`) }]);
  process.stdout.write(`${offsets.join()}\n`);
}
