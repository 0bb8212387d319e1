// Jars of a server, fetched by Maven once into a cache of the user's: a folder there is complete, or it is not there.
import { spawn } from 'node:child_process';
import { createHash } from 'node:crypto';
import { existsSync, mkdirSync, readdirSync, readFileSync, renameSync, rmSync } from 'node:fs';
import { homedir } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { withLock } from './lock.ts';
import { type Recipe, type Say, StackError } from './types.ts';

const SAY_EVERY_MS = 4_000;
/** Maven waits long for a registry that does not answer. */
const STEP_MS = 15 * 60_000;
const COPY = 'org.apache.maven.plugins:maven-dependency-plugin:3.8.1:copy-dependencies';
const sources = join(dirname(fileURLToPath(import.meta.url)), '../../java');

/** A folder being made: `libs` holds the jars, `finish` compiles what belongs to them. */
export interface Workshop {
  /** The folder being made. */
  dir: string;
  /** Our Java sources of this engine. */
  sources: string;
  /** Runs a program to its end. */
  run(program: string, args: string[]): Promise<void>;
}

/** The folder with the artefacts of an engine, fetched if it is not there yet; empty for one of the system. One fetch at a time, also among processes. */
export async function artefactsOf({ engine, title, jars }: Recipe, say: Say): Promise<string> {
  if (!jars) return '';
  const cache = join(process.env.MESSAGE_PUSH_CACHE || join(homedir(), '.cache', 'message-push'), 'stack');
  const ours = join(sources, engine);
  const target = join(cache, `${engine}-${contentHash(ours)}`);
  if (existsSync(target)) return target;
  return withLock(cache, say, async () => {
    if (existsSync(target)) return target;
    const dir = `${target}.new`;
    rmSync(dir, { recursive: true, force: true });
    mkdirSync(dir, { recursive: true });
    const run = (program: string, args: string[]) => step(title, program, args, dir, say);
    const copy = [COPY, '-DincludeScope=runtime', `-DoutputDirectory=${join(dir, 'libs')}`];
    await run('mvn', ['-B', '-f', join(ours, 'pom.xml'), ...copy]);
    await jars.finish?.({ dir, sources: ours, run });
    renameSync(dir, target);
    return target;
  });
}

/** `cache` is one per user: a change of a pom or a source is another folder. */
function contentHash(dir: string): string {
  const hash = createHash('sha256');
  for (const name of readdirSync(dir).sort()) hash.update(`${name}\0`).update(readFileSync(join(dir, name)));
  return hash.digest('hex').slice(0, 12);
}

/** Runs a program, says every few seconds how far it is, and shows what it printed only when it fails. */
function step(title: string, program: string, args: string[], cwd: string, say: Say): Promise<void> {
  const started = performance.now();
  let files = 0;
  let output = '';
  const progress = () => {
    const seconds = Math.round((performance.now() - started) / 1000);
    say(`${title}: ${program === 'mvn' ? `fetching, ${files} files` : 'compiling'} … ${seconds} s`);
  };
  progress();
  const timer = setInterval(progress, SAY_EVERY_MS);
  return new Promise<void>((resolve, reject) => {
    const child = spawn(program, args, { cwd, stdio: ['ignore', 'pipe', 'pipe'], timeout: STEP_MS });
    for (const stream of [child.stdout, child.stderr]) {
      stream.setEncoding('utf8').on('data', (text: string) => {
        files += text.split('Downloaded from').length - 1;
        output = (output + text).slice(-20_000);
      });
    }
    child.once('error', (error) => reject(new StackError(`${title}: ${program} can't be run: ${error.message}`)));
    child.once('close', (code) => {
      if (code === 0) resolve();
      else reject(new StackError(`${title}: ${program} failed. What it said last:\n${errorsOf(output)}`));
    });
  }).finally(() => clearInterval(timer));
}

/** The end of the output, or what Maven itself calls errors. */
function errorsOf(output: string): string {
  const lines = output.trimEnd().split('\n');
  const errors = lines.filter((line) => /^\[ERROR\] (?!To see|Re-run|For more|\[Help)\S/.test(line));
  if (errors.length === 0) return lines.slice(-15).join('\n');
  return `${errors.slice(0, 5).join('\n')}\nMaven takes the artefacts from where its settings say (~/.m2/settings.xml): that has to be reachable.`;
}
