// Memory of idle sessions and CPU of connecting, each against a bare ws server in the same run.
import type WebSocket from 'ws';
import { bareSocket, login, openMany, tokens } from './clients.ts';
import { median, probe, startBare, startBench, wait } from './measured.ts';

const SETTLE_MS = 3000;
/** By then what the last connections brought about is done. */
const WRITTEN_MS = 300;

interface Growth {
  rss: number;
  heap: number;
  cpuMs: number;
}

async function platformGrowth(count: number): Promise<Growth> {
  const bench = await startBench();
  const list = await tokens(bench, count);
  // Some come and go first: code is compiled and pools are filled before anything is measured.
  closeAll(await openMany(500, (index) => login(bench, list[index] ?? '', () => undefined)));
  await wait(SETTLE_MS);
  const before = await probe(bench.platform.child);
  const sockets = await openMany(count, (index) => login(bench, list[index] ?? '', () => undefined));
  await wait(WRITTEN_MS);
  const { cpuMs } = await probe(bench.platform.child, 'cpu');
  await wait(SETTLE_MS);
  const after = { ...(await probe(bench.platform.child)), cpuMs };
  closeAll(sockets);
  await bench.end();
  return per(before, after, count);
}

async function bareGrowth(count: number): Promise<Growth> {
  const bare = await startBare();
  closeAll(await openMany(500, () => bareSocket(bare.url)));
  await wait(SETTLE_MS);
  const before = await probe(bare.child);
  const sockets = await openMany(count, () => bareSocket(bare.url));
  await wait(WRITTEN_MS);
  const { cpuMs } = await probe(bare.child, 'cpu');
  await wait(SETTLE_MS);
  const after = { ...(await probe(bare.child)), cpuMs };
  closeAll(sockets);
  bare.end();
  return per(before, after, count);
}

/** RSS and heap a session, CPU a connect, median of `rounds`, as ratios to the bare server. */
export async function sessions(count: number, rounds: number): Promise<string> {
  const ours: Growth[] = [];
  const theirs: Growth[] = [];
  for (let round = 0; round < rounds; round++) {
    theirs.push(await bareGrowth(count));
    ours.push(await platformGrowth(count));
  }
  const of = (list: Growth[], key: keyof Growth) => median(list.map((growth) => growth[key]));
  const ratio = (key: keyof Growth) => (of(ours, key) / of(theirs, key)).toFixed(2);
  return [
    `${count} idle sessions, median of ${rounds}:`,
    `  RSS ${(of(ours, 'rss') / 1024).toFixed(1)} KB a session, ${ratio('rss')} × a bare ws server's ${(of(theirs, 'rss') / 1024).toFixed(1)} KB`,
    `  heap ${(of(ours, 'heap') / 1024).toFixed(1)} KB a session, ${ratio('heap')} × a bare ws server's ${(of(theirs, 'heap') / 1024).toFixed(1)} KB`,
    `  upgrade + token + LOGIN + BIND ${(of(ours, 'cpuMs') * 1000).toFixed(0)} µs of CPU of the whole process, ${ratio('cpuMs')} × a bare ws server's upgrade (${(of(theirs, 'cpuMs') * 1000).toFixed(0)} µs)`,
  ].join('\n');
}

function per(before: { rss: number; heapUsed: number; cpuMs: number }, after: typeof before, count: number): Growth {
  return {
    rss: (after.rss - before.rss) / count,
    heap: (after.heapUsed - before.heapUsed) / count,
    cpuMs: (after.cpuMs - before.cpuMs) / count,
  };
}

function closeAll(sockets: WebSocket[]): void {
  for (const socket of sockets) socket.terminate();
}
