// Servers end with the process that started them, also when that one is killed: a small shell holds the other end of a pipe.
import { type ChildProcess, spawn } from 'node:child_process';
import { Socket } from 'node:net';
import type { Identity } from './processes.ts';

/** Keeps the last line it was sent (pairs of pid and start time); at the end of the pipe it kills those that are still the same. */
const WATCH = `while read -r line; do last=$line; done
set -- $last
while [ $# -gt 1 ]; do
  if [ "$(sed 's/.*) //' "/proc/$1/stat" 2>/dev/null | cut -d' ' -f20)" = "$2" ]; then kill -9 "$1"; fi
  shift 2
done`;

const held = new Set<Identity>();
let watcher: ChildProcess | undefined;

export function hold(identity: Identity): void {
  held.add(identity);
  tell();
}

export function release(identity: Identity): void {
  if (held.delete(identity)) tell();
}

function tell(): void {
  if (!watcher) {
    watcher = spawn('sh', ['-c', WATCH], { stdio: ['pipe', 'ignore', 'ignore'], detached: true });
    watcher.unref();
    // It is a socket, which would keep this process alive.
    if (watcher.stdin instanceof Socket) watcher.stdin.unref();
    watcher.stdin?.on('error', () => {}); // it was killed: then there is no leash, and no harm
  }
  watcher.stdin?.write(`${[...held].map(({ pid, born }) => `${pid} ${born.split(' ')[1]}`).join(' ')}\n`);
}
