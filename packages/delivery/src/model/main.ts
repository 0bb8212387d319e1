// Plays many runs of the model: `node main.ts --runs 100000 --seed 1`; `--seed N --trace` replays one and prints all it did.
import { parseArgs } from 'node:util';
import { play } from './scenario.ts';

const { values } = parseArgs({
  options: {
    runs: { type: 'string', default: '1' },
    seed: { type: 'string' },
    trace: { type: 'boolean', default: false },
    failures: { type: 'string', default: '5' },
  },
});
const first = values.seed === undefined ? Date.now() % 1_000_000_000 : Number(values.seed);
const runs = Number(values.runs);
const started = performance.now();
let steps = 0;
let pushes = 0;
let failures = 0;
console.log(`seeds ${first} to ${first + runs - 1}`);
for (let seed = first; seed < first + runs && failures < Number(values.failures); seed++) {
  const outcome = play(seed, values.trace);
  steps += outcome.steps;
  pushes += outcome.pushes;
  if (values.trace) console.log(outcome.trace.join('\n'));
  if (outcome.violation === undefined) continue;
  failures += 1;
  console.log(`seed ${seed} breaks "${outcome.violation.message}"; replay it with --seed ${seed} --trace`);
}
const seconds = (performance.now() - started) / 1000;
console.log(`${runs} runs, ${steps} steps, ${pushes} pushes, ${failures} violations, ${seconds.toFixed(1)} s`);
if (failures > 0) process.exitCode = 1;
