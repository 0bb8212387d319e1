// Makes a checkout ready to run: packages installed, Prisma client generated, console built. Runs on Node 18 or later,
// does nothing when nothing changed, and starts over cleanly when it was killed half-way.
import { spawn } from 'node:child_process';
import { createHash } from 'node:crypto';
import { existsSync, mkdirSync, readdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { dirname, join, relative } from 'node:path';
import { fileURLToPath } from 'node:url';

export const root = dirname(dirname(fileURLToPath(import.meta.url)));
const stamps = join(root, 'node_modules', '.message-push');
/** The Node.js that runs the TypeScript sources, installed as a package. */
export const node24 = join(root, 'node_modules', 'node', 'bin', 'node');

const quiet = {
  NEXT_TELEMETRY_DISABLED: '1',
  TURBO_TELEMETRY_DISABLED: '1',
  CHECKPOINT_DISABLE: '1',
  PRISMA_HIDE_UPDATE_MESSAGE: '1',
};

/** @param {{console?: boolean}} wanted */
export async function setup({ console: withConsole = false } = {}) {
  const release = await lock();
  try {
    await install();
    await step(
      'prisma',
      'Generating the database client',
      hashOf(['prisma', 'prisma.config.ts', 'package-lock.json']),
      () => run('Generating the database client', node24, [join(root, 'packages/database/src/generate.ts')]),
    );
    if (withConsole) {
      const built = join(root, 'apps', 'console', '.next', 'BUILD_ID');
      const inputs = hashOf([
        'apps/console',
        'packages/protocol/src',
        'packages/ring/src',
        'packages/client/src',
        'package-lock.json',
      ]);
      await step('console', 'Building the console', existsSync(built) ? inputs : `${inputs} `, async () => {
        rmSync(join(root, 'apps', 'console', '.next'), { recursive: true, force: true });
        const next = join(root, 'node_modules', 'next', 'dist', 'bin', 'next');
        await run('Building the console', node24, [next, 'build'], join(root, 'apps', 'console'));
      });
    }
  } finally {
    release();
  }
}

async function install() {
  const wanted = hashOf(['package.json', 'package-lock.json', ...workspaces().map((place) => `${place}/package.json`)]);
  if (readStamp('installed') === wanted && existsSync(node24)) return;
  const unfinished = join(stamps, 'installing');
  if (existsSync(unfinished)) {
    say('The last installation did not finish: starting it anew.');
    for (const name of readdirSync(join(root, 'node_modules'))) {
      if (name !== '.message-push') rmSync(join(root, 'node_modules', name), { recursive: true, force: true });
    }
  }
  mkdirSync(stamps, { recursive: true });
  writeFileSync(unfinished, '');
  const npm = process.env.npm_execpath?.endsWith('.js') ? [process.execPath, process.env.npm_execpath] : ['npm'];
  // --no-save: the lockfile says what is installed, and stays as it is.
  const options = ['--no-save', '--no-audit', '--no-fund', '--loglevel=error'];
  await run('Installing packages', npm[0], [...npm.slice(1), 'install', ...options]);
  mkdirSync(stamps, { recursive: true });
  writeStamp('installed', wanted);
  rmSync(unfinished, { force: true });
}

async function step(name, _title, wanted, work) {
  if (readStamp(name) === wanted) return;
  rmSync(join(stamps, name), { force: true });
  await work();
  writeStamp(name, wanted.trim());
}

/** Runs a command, shows that it is alive every 3 s, and shows what it printed only when it fails. */
function run(title, command, args, cwd = root) {
  const started = Date.now();
  const seconds = () => Math.round((Date.now() - started) / 1000);
  say(`${title} …`);
  const timer = setInterval(() => say(`${title} … ${seconds()} s`), 3000);
  return new Promise((resolve, reject) => {
    const child = spawn(command, args, { cwd, env: { ...process.env, ...quiet }, stdio: ['ignore', 'pipe', 'pipe'] });
    let output = '';
    for (const stream of [child.stdout, child.stderr]) {
      stream.on('data', (chunk) => {
        output = (output + chunk).slice(-20_000);
      });
    }
    child.on('error', reject);
    child.on('close', (code, signal) => {
      if (code === 0) {
        say(`${title}: done in ${seconds()} s`);
        resolve();
      } else reject(new Error(`${title} failed (${signal ?? `exit code ${code}`}):\n${output}`));
    });
  }).finally(() => clearInterval(timer));
}

/** One set-up at a time per checkout; the lock of a dead process does not count. */
async function lock() {
  mkdirSync(stamps, { recursive: true });
  const file = join(stamps, 'lock');
  for (let waits = 0; ; waits++) {
    try {
      writeFileSync(file, String(process.pid), { flag: 'wx' });
      return () => rmSync(file, { force: true });
    } catch {
      const owner = Number(readFileSync(file, { encoding: 'utf8', flag: 'a+' }));
      if (!(owner > 0) || !alive(owner)) rmSync(file, { force: true });
      else {
        if (waits % 10 === 0) say(`Another process (pid ${owner}) is setting up this checkout: waiting …`);
        await new Promise((resolve) => setTimeout(resolve, 300));
      }
    }
  }
}

function alive(pid) {
  if (pid === process.pid) return false;
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return error.code === 'EPERM';
  }
}

function workspaces() {
  return ['apps', 'packages'].flatMap((group) => readdirSync(join(root, group)).map((name) => `${group}/${name}`));
}

/** SHA-256 over the names and contents of files and folders, generated folders left out. */
function hashOf(places) {
  const hash = createHash('sha256');
  const visit = (path) => {
    if (!existsSync(path)) return;
    let entries;
    try {
      entries = readdirSync(path, { withFileTypes: true });
    } catch {
      hash.update(`${relative(root, path)}\0`).update(readFileSync(path));
      return;
    }
    for (const entry of entries.sort((a, b) => (a.name < b.name ? -1 : 1))) {
      if (!['node_modules', '.next', '.turbo', 'generated', 'next-env.d.ts'].includes(entry.name))
        visit(join(path, entry.name));
    }
  };
  for (const place of places) visit(join(root, place));
  return hash.digest('hex');
}

function readStamp(name) {
  try {
    return readFileSync(join(stamps, name), 'utf8');
  } catch {
    return undefined;
  }
}

function writeStamp(name, value) {
  writeFileSync(join(stamps, `${name}.new`), value);
  renameSync(join(stamps, `${name}.new`), join(stamps, name));
}

function say(line) {
  process.stderr.write(`  ${line}\n`);
}
