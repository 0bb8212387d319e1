// npm run bench [-- SECTION …] [--seconds N] [--sessions N] [--rounds N]: prints figures with machine and date.
import { cpus, totalmem } from 'node:os';
import { parseArgs } from 'node:util';
import { cluster } from './cluster.ts';
import { fanOut, latency, throughput } from './load.ts';
import { sessions } from './sessions.ts';

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: {
    help: { type: 'boolean', short: 'h' },
    seconds: { type: 'string', default: '60' },
    sessions: { type: 'string', default: '9000' },
    rounds: { type: 'string', default: '3' },
  },
});
const seconds = Number(values.seconds);
const sections: Record<string, () => Promise<string>> = {
  latency: () => latency(seconds),
  throughput: () => throughput(seconds),
  fanout: () => fanOut(),
  cluster: () => cluster(seconds),
  sessions: () => sessions(Number(values.sessions), Number(values.rounds)),
};
if (values.help) {
  const names = Object.keys(sections).join('|');
  console.log(
    `npm run bench -- [${names}]… [--seconds 60] [--sessions 9000] [--rounds 3]; all of them if none is named.`,
  );
  process.exit(0);
}
const wanted = positionals.length > 0 ? positionals : Object.keys(sections);
const unknown = wanted.filter((name) => !Object.hasOwn(sections, name));
if (unknown.length > 0) {
  console.error(`There is no section ${unknown.join(', ')}. Sections: ${Object.keys(sections).join(', ')}.`);
  process.exit(2);
}
const [cpu] = cpus();
console.log(
  `${new Date().toISOString().slice(0, 10)}, Node ${process.versions.node}, ${cpus().length} × ${cpu?.model ?? 'unknown'}, ${(totalmem() / 2 ** 30).toFixed(0)} GB`,
);
for (const name of wanted) console.log(await sections[name]?.());
