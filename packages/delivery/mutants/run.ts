// Breaks each rule once, in a temporary copy, and shows which invariant of the model and which test notice. A mutant that
// nobody notices, or whose text is not found any more, fails the run. `--only TEXT` picks mutants. The model plays `--runs`
// interleavings, and up to `--deep` when no test has noticed: some breaks take a rare one.
import { spawn } from 'node:child_process';
import { cpSync, existsSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { parseArgs } from 'node:util';
import { MUTANTS, type Mutant } from './list.ts';

const { values } = parseArgs({
  options: {
    only: { type: 'string', default: '' },
    runs: { type: 'string', default: '2000' },
    deep: { type: 'string', default: '100000' },
    seed: { type: 'string', default: '1' },
    parallel: { type: 'string', default: '2' },
  },
});
const home = dirname(import.meta.dirname);

interface Verdict {
  mutant: Mutant;
  /** Texts of what noticed it, empty for a survivor. */
  found: string[];
}

await main();

async function main(): Promise<void> {
  const chosen = MUTANTS.filter(({ name, rule }) => `${name} ${rule}`.includes(values.only));
  const waiting = chosen.map((mutant, index) => ({ mutant, index }));
  const verdicts: Verdict[] = [];
  const worker = async (): Promise<void> => {
    for (let next = waiting.shift(); next !== undefined; next = waiting.shift()) {
      const verdict = await judge(next.mutant);
      verdicts.push(verdict);
      print(verdict);
    }
  };
  await Promise.all(Array.from({ length: Math.max(1, Math.min(2, Number(values.parallel))) }, worker));
  const survivors = verdicts.filter(({ found }) => found.length === 0);
  say(`${verdicts.length} mutants, ${verdicts.length - survivors.length} found, ${survivors.length} survived`);
  for (const { mutant } of survivors) say(`  survived: ${mutant.name} (${mutant.rule})`);
  if (survivors.length > 0) process.exitCode = 1;
}

async function judge(mutant: Mutant): Promise<Verdict> {
  const copy = copyOf(mutant);
  if (copy === undefined) return { mutant, found: [] };
  try {
    const tests = await byTests(copy);
    const model = await byModel(copy, tests.length > 0 ? values.runs : values.deep);
    return { mutant, found: [...model, ...tests] };
  } finally {
    rmSync(copy, { recursive: true, force: true });
  }
}

/** A copy of the package with the mutation applied; undefined when its text is not there exactly once. */
function copyOf({ name, file, find, put }: Mutant): string | undefined {
  const text = readFileSync(join(home, 'src', file), 'utf8');
  if (text.split(find).length !== 2) {
    say(`${name}: the text to replace is not in ${file} exactly once`);
    return undefined;
  }
  const copy = mkdtempSync(join(tmpdir(), 'mutant-'));
  cpSync(join(home, 'src'), join(copy, 'src'), { recursive: true });
  writeFileSync(join(copy, 'package.json'), '{ "type": "module" }');
  symlinkSync(nodeModules(), join(copy, 'node_modules'));
  writeFileSync(
    join(copy, 'src', file),
    text.replace(find, () => put),
  );
  return copy;
}

/** The nearest folder of packages above this one. */
function nodeModules(): string {
  let at = home;
  while (!existsSync(join(at, 'node_modules', 'vitest'))) {
    if (at === dirname(at)) throw new Error('vitest is not installed');
    at = dirname(at);
  }
  return join(at, 'node_modules');
}

async function byModel(copy: string, runs: string): Promise<string[]> {
  const args = ['--runs', runs, '--seed', values.seed, '--failures', '1'];
  const { code, output } = await run(join(copy, 'src/model/main.ts'), args, copy);
  if (code === 0) return [];
  const broken = /^seed (\d+) breaks "(.*)";/m.exec(output);
  if (broken !== null) return [`model, seed ${broken[1]}: ${broken[2]}`];
  const thrown = /^(\w*Error: .*)$/m.exec(output);
  return [`model: ${thrown?.[1] ?? `ended with ${code}`}`];
}

async function byTests(copy: string): Promise<string[]> {
  const tool = join(copy, 'node_modules/vitest/vitest.mjs');
  const args = ['run', '--root', copy, '--reporter', 'tap-flat', '--exclude', '**/*.property.test.ts'];
  const { output } = await run(tool, args, copy);
  const names = [...output.matchAll(/^not ok \d+ - (.*?)(?: # time=.*)?$/gm)].map((match) => match[1]);
  return names.map((name) => `test: ${name}`);
}

/** Runs a program to its end, at most five minutes: a mutant may never come to rest. */
function run(file: string, args: string[], cwd: string): Promise<{ code: number; output: string }> {
  return new Promise((resolve) => {
    const child = spawn(process.execPath, [file, ...args], { cwd, stdio: ['ignore', 'pipe', 'pipe'] });
    let output = '';
    child.stdout.on('data', (chunk) => {
      output += chunk;
    });
    child.stderr.on('data', (chunk) => {
      output += chunk;
    });
    const timer = setTimeout(() => child.kill('SIGKILL'), 300_000);
    child.on('close', (code) => {
      clearTimeout(timer);
      resolve({ code: code ?? 1, output });
    });
  });
}

function say(line: string): void {
  process.stdout.write(`${line}\n`);
}

function print({ mutant, found }: Verdict): void {
  say(`${found.length > 0 ? 'found   ' : 'SURVIVED'} ${mutant.name}\n           rule: ${mutant.rule}`);
  const shown = found.slice(0, 4);
  for (const line of shown) say(`           ${line}`);
  if (found.length > shown.length) say(`           and ${found.length - shown.length} more tests`);
}
