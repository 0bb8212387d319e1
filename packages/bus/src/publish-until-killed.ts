// Run by the conformance suite as a process of its own: publishes numbered records and prints each offset it is answered.
import { systemClock } from '@message-push/runtime';
import { createEmbeddedBus } from './embedded.ts';

const bus = await createEmbeddedBus({ dir: process.argv[2] ?? '', partitions: 2, clock: systemClock });
for (let n = 0; ; n++) {
  const offsets = await bus.publish('pushes', [{ partition: 0, value: Buffer.from(`record ${n}`) }]);
  process.stdout.write(`${offsets.join()}\n`);
}
