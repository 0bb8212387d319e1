// The cache of artefacts: complete folders only, one fetch at a time, failures told in words.
import { chmodSync, existsSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { temporaryDir } from '../launch.ts';
import { artefactsOf } from './artefacts.ts';
import { recipes } from './recipes.ts';

/** In place of Maven: notes that it was called, makes a jar, and fails as long as a file says so. */
const MAVEN = `#!/bin/sh
echo called >> "$MESSAGE_PUSH_CACHE/calls"
for argument; do case $argument in -DoutputDirectory=*) libs=\${argument#*=};; esac; done
mkdir -p "$libs" && echo jar > "$libs/one.jar"
if [ -e "$MESSAGE_PUSH_CACHE/fail" ]; then echo '[ERROR] no such artefact'; exit 1; fi
`;
const silent = () => {};
let cache: string;
let remove: () => void;

beforeEach(() => {
  const folder = temporaryDir();
  remove = folder.remove;
  cache = join(folder.path, 'cache');
  mkdirSync(cache);
  writeFileSync(join(folder.path, 'mvn'), MAVEN);
  chmodSync(join(folder.path, 'mvn'), 0o755);
  vi.stubEnv('MESSAGE_PUSH_CACHE', cache);
  vi.stubEnv('PATH', `${folder.path}:${process.env.PATH}`);
});
afterEach(() => {
  vi.unstubAllEnvs();
  remove();
});

const calls = () => readFileSync(join(cache, 'calls'), 'utf8').trim().split('\n').length;

test('a fetch that fails says what Maven said and leaves nothing that looks complete; the next one makes it', async () => {
  writeFileSync(join(cache, 'fail'), '');
  await expect(artefactsOf(recipes.kafka, silent)).rejects.toThrow('no such artefact');
  expect(readdirSync(join(cache, 'stack')).filter((name) => !name.endsWith('.new'))).toEqual([]);
  rmSync(join(cache, 'fail'));
  const dir = await artefactsOf(recipes.kafka, silent);
  expect(readdirSync(join(dir, 'libs'))).toEqual(['one.jar']);
});

test('what is there is fetched once, also when two ask at the same time', async () => {
  const lines: string[] = [];
  const [one, two] = await Promise.all([
    artefactsOf(recipes.kafka, (line) => lines.push(line)),
    artefactsOf(recipes.kafka, (line) => lines.push(line)),
  ]);
  expect(one).toBe(two);
  expect(await artefactsOf(recipes.kafka, silent)).toBe(one);
  expect(calls()).toBe(1);
  expect(lines[0]).toContain('Kafka 4.4.0: fetching');
});

test('an engine of the system has no artefacts', async () => {
  expect(await artefactsOf(recipes.redis, silent)).toBe('');
  expect(existsSync(join(cache, 'stack'))).toBe(false);
});
