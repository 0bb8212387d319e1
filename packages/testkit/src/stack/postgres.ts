// PostgreSQL of the system: one database "push", password on loopback, a just committed row survives a kill -9.
import { execFile } from 'node:child_process';
import { createHash, randomBytes } from 'node:crypto';
import {
  chmodSync,
  chownSync,
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs';
import { dirname, join, resolve } from 'node:path';
import { promisify } from 'node:util';
import { workingIn } from './processes.ts';
import { type Command, type Recipe, StackError } from './types.ts';

const run = promisify(execFile);
const USER = 'push';
const ELSEWHERE = '/var/tmp';
const PREFIX = 'message-push-';
/** Names the folder of the stack that data elsewhere belong to. */
const HOME = 'belongs-to';

export const postgres: Recipe = {
  engine: 'postgres',
  title: 'PostgreSQL',
  port: 15_432,
  morePorts: [],
  heapMb: 0,
  stopSignal: 'SIGINT', // ends the connections; SIGTERM would wait until clients leave

  /** Below a folder that the postgres account can't enter (root's home, a private data folder) it has to be somewhere else. */
  folder(dir) {
    if (!serverAccount()) return dir;
    sweep();
    return enterable(dir)
      ? dir
      : join(ELSEWHERE, `${PREFIX}${createHash('sha256').update(dir).digest('hex').slice(0, 12)}`);
  },

  async prepare({ dir, home, port }) {
    const account = serverAccount();
    ownFolder(dir, account);
    if (dir.startsWith(join(ELSEWHERE, PREFIX))) writeFileSync(join(dir, HOME), home);
    const data = join(dir, 'data');
    const bin = binaries();
    if (!existsSync(join(data, 'PG_VERSION'))) await initialise(dir, bin, account);
    // Nobody works in the folder any more, yet the pid of a killed server may be taken: by its own remains, or by a stranger.
    rmSync(join(data, 'postmaster.pid'), { force: true });
    // Without fsync a crash of the machine may lose rows, a crash of the server none: what is committed was handed to the system.
    const settings = {
      port: String(port),
      listen_addresses: '127.0.0.1',
      unix_socket_directories: '', // a path may be too long for a socket
      max_connections: '200',
      fsync: 'off',
      full_page_writes: 'off',
      synchronous_commit: 'on',
    };
    const args = Object.entries(settings).flatMap(([name, value]) => ['-c', `${name}=${value}`]);
    return { file: join(bin, 'postgres'), args: ['-D', data, ...args], cwd: data, ...(account && { account }) };
  },

  async probe(place, signal) {
    const { port } = place;
    await run(join(binaries(), 'pg_isready'), ['-q', '-h', '127.0.0.1', '-p', String(port), '-d', USER, '-U', USER], {
      signal,
    });
  },

  url: ({ dir, port }) => `postgres://${USER}:${readFileSync(join(dir, 'password'), 'utf8')}@127.0.0.1:${port}/${USER}`,

  family: ({ dir }) => workingIn(join(dir, 'data')),
};

/** The folder of the newest installed server; undefined when there is none of version 15 or later. */
export function postgresBinaries(): string | undefined {
  const versions = existsSync('/usr/lib/postgresql') ? readdirSync('/usr/lib/postgresql') : [];
  const newest = versions.map(Number).sort((a, b) => b - a)[0];
  const places = [`/usr/lib/postgresql/${newest}/bin`, ...(process.env.PATH ?? '').split(':')];
  return places.find((place) => existsSync(join(place, 'initdb')) && existsSync(join(place, 'postgres')));
}

function binaries(): string {
  const bin = postgresBinaries();
  if (!bin) throw new StackError('PostgreSQL is not installed');
  return bin;
}

/** The server refuses to run as root; then the account that its package made runs it. */
function serverAccount(): Command['account'] {
  if (process.getuid?.() !== 0) return undefined;
  const row = readFileSync('/etc/passwd', 'utf8').match(/^postgres:[^:]*:(\d+):(\d+):/m);
  if (!row) throw new StackError('PostgreSQL does not run as root, and there is no account "postgres"');
  return { uid: Number(row[1]), gid: Number(row[2]) };
}

function enterable(dir: string): boolean {
  for (let place = dirname(resolve(dir)); place !== '/'; place = dirname(place)) {
    if (existsSync(place) && (statSync(place).mode & 0o001) === 0) return false;
  }
  return true;
}

/** Data elsewhere go when the folder that they belong to is gone, as that of a test is. */
function sweep(): void {
  for (const name of readdirSync(ELSEWHERE)) {
    const place = join(ELSEWHERE, name);
    const owner = join(place, HOME);
    if (!name.startsWith(PREFIX) || !existsSync(owner) || existsSync(readFileSync(owner, 'utf8'))) continue;
    if (workingIn(join(place, 'data')).length === 0) rmSync(place, { recursive: true, force: true });
  }
}

/** A folder under /var/tmp could have been laid out by somebody else. */
function ownFolder(dir: string, account: Command['account']): void {
  mkdirSync(dir, { recursive: true, mode: 0o700 });
  if (!account) return;
  const { uid } = statSync(dir);
  if (uid !== 0 && uid !== account.uid) throw new StackError(`${dir} belongs to somebody else (uid ${uid})`);
  chownSync(dir, account.uid, account.gid);
  chmodSync(dir, 0o700);
}

/** Made beside its place and renamed: a kill half-way leaves nothing that looks complete. */
async function initialise(dir: string, bin: string, account: Command['account']): Promise<void> {
  const fresh = join(dir, 'data.new');
  const password = join(dir, 'password');
  rmSync(fresh, { recursive: true, force: true });
  writeFileSync(password, randomBytes(24).toString('hex'), { mode: 0o600 });
  if (account) chownSync(password, account.uid, account.gid);
  const options = { cwd: dir, ...account };
  const initdb = ['-D', fresh, '-U', USER, '--pwfile', password, '--auth=scram-sha-256', '-E', 'UTF8'];
  await run(join(bin, 'initdb'), [...initdb, '--locale=C.UTF-8', '--no-sync'], options);
  const single = run(join(bin, 'postgres'), ['--single', '-D', fresh, '-c', 'fsync=off', 'postgres'], options);
  single.child.stdin?.end(`CREATE DATABASE ${USER};\n`);
  await single;
  renameSync(fresh, join(dir, 'data'));
}
