// Run by the conformance suite as a process of its own: writes pushes with their receipts and prints each id it was answered.
// The environment names the archive, the argument the directory of an embedded one.
import { loadConfig, systemClock } from '@message-push/runtime';
import { archiveFields } from './config.ts';
import { Builder, FACTS, receipt } from './conformance-world.ts';
import { createArchive } from './index.ts';

// biome-ignore lint/style/noProcessEnv: this is the main program of a test's process
const config = loadConfig(archiveFields, process.env);
const archive = await createArchive(config, { dir: process.argv[2] ?? '', clock: systemClock });
const build = new Builder();
for (;;) {
  const pushes = Array.from({ length: 5 }, () => build.push({ content: 'crash test', ttl_s: 2_592_000 }));
  await archive.write({ pushes, receipts: pushes.map((push) => receipt(push, FACTS.acked)) });
  process.stdout.write(pushes.map(({ message_id }) => `${message_id}\n`).join(''));
}
