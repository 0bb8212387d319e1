// Run by the conformance suite as a process of its own: writes pushes with their receipts and prints each id it was answered.
import { systemClock } from '@message-push/runtime';
import { Builder, FACTS, receipt } from './conformance-world.ts';
import { createEmbeddedArchive } from './embedded.ts';

const archive = await createEmbeddedArchive({ dir: process.argv[2] ?? '', clock: systemClock });
const build = new Builder();
for (;;) {
  const pushes = Array.from({ length: 5 }, () => build.push({ content: 'crash test', ttl_s: 2_592_000 }));
  await archive.write({ pushes, receipts: pushes.map((push) => receipt(push, FACTS.acked)) });
  process.stdout.write(pushes.map(({ message_id }) => `${message_id}\n`).join(''));
}
