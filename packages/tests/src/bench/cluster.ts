// The same load on a cluster of processes with the real engines on this machine: figures, and CPU by role.
import { readFileSync } from 'node:fs';
import { backEnd, type RunningCluster, startCluster, temporaryDir } from '@message-push/testkit';
import { ENGINES, engineEnv, startEngines } from '@message-push/testkit/stack';
import { drained, type Flow, fanOutOn, historyCaughtUp, startFlow } from './load.ts';
import { quantile, type Target, wait } from './measured.ts';

const UNDER_WAY = 32;
const BATCH = 500;
const TICK_MS = 20;
const WARM_S = 5;
/** A consumer looks this often how far its history is behind. */
const LAG_KNOWN_MS = 2500;
const OURS = 'ours together';
/** Clock ticks of /proc are hundredths of a second on Linux. */
const TICK_CPU_MS = 10;

/** CPU so far by role, milliseconds. */
type Cpu = Map<string, number>;

interface Under {
  flow: Flow;
  cpu(): Cpu;
  /** Elasticsearch, which stands still while the CPU of everything but the history is measured. */
  archivePid: number;
}

/** A load: what came of it in words, and by how many of what its CPU is divided. */
type Load = () => Promise<{ text: string; units: number; unit: string }>;

export async function cluster(seconds: number): Promise<string> {
  const dir = temporaryDir();
  const engines = await startEngines({ dir: `${dir.path}/stack`, engines: ENGINES });
  const running = await startCluster({
    dir: `${dir.path}/cluster`,
    env: engineEnv(engines),
    ...{ gateways: 1, nodes: 2, consumers: 1, apis: 1 },
  });
  const pids = new Map(Object.values(engines).map(({ engine, pid }) => [engine as string, pid]));
  const flow = await startFlow(targetOf(running));
  try {
    return await measured({ flow, cpu: () => cpuBy(running, pids), archivePid: engines.elasticsearch.pid }, seconds);
  } finally {
    await flow.end();
    await running.stopAll();
    await Promise.all(Object.values(engines).map((handle) => handle.stop()));
    dir.remove();
  }
}

async function measured(under: Under, seconds: number): Promise<string> {
  const { flow } = under;
  let rate = 0;
  const single: Load = async () => {
    const { accepted, delivered, took } = await singles(flow, seconds);
    rate = accepted / took;
    const text = `${rate.toFixed(0)} single pushes/s over ${took.toFixed(0)} s (${UNDER_WAY} at a time), ${delivered} of ${accepted} delivered`;
    return { text, units: accepted, unit: 'push' };
  };
  const half: Load = async () => {
    flow.latencies.length = 0;
    const pushed = await paced(flow, Math.min(rate, 1500) / 2, seconds);
    const sorted = flow.latencies.sort((a, b) => a - b);
    const text = `at ${(pushed / seconds).toFixed(0)} pushes/s: p50 ${quantile(sorted, 0.5)} ms, p99 ${quantile(sorted, 0.99)} ms`;
    return { text, units: pushed, unit: 'push' };
  };
  const batch: Load = async () => {
    const { pushed, took } = await batches(flow, seconds);
    return { text: `${(pushed / took).toFixed(0)} pushes/s by batches of ${BATCH}`, units: pushed, unit: 'push' };
  };
  const fanOut: Load = async () => {
    const before = flow.delivered;
    const text = await fanOutOn(flow);
    return { text, units: flow.delivered - before, unit: 'delivery' };
  };
  // Code is compiled and pools are filled before anything is measured.
  await singles(flow, WARM_S);
  await batches(flow, WARM_S);
  await historyCaughtUp(flow.bench, 0);
  const lines: string[] = [];
  for (const load of [single, half, batch, fanOut]) lines.push(await section(under, load));
  return `on the real stack, one api, one gateway, two nodes, one consumer:\n${lines.join('\n')}`;
}

/** Twice: as it is, and with an archive that stands still, so that the history costs nothing. The difference is the history. */
async function section(under: Under, load: Load): Promise<string> {
  const { bench } = under.flow;
  const before = under.cpu();
  const { text, units, unit } = await load();
  const ended = Date.now();
  await wait(LAG_KNOWN_MS);
  await historyCaughtUp(bench, units);
  const all = costOf(before, under.cpu(), units);
  const lines = [`  ${text}, history caught up ${((Date.now() - ended) / 1000).toFixed(1)} s after`];
  process.kill(under.archivePid, 'SIGSTOP');
  try {
    const start = under.cpu();
    const still = await load();
    const alone = costOf(start, under.cpu(), still.units);
    const history = (all.get(OURS) ?? 0) - (alone.get(OURS) ?? 0);
    lines.push(`    CPU in ms a ${unit} without history: ${costText(alone)}; history ${history.toFixed(3)}`);
  } finally {
    process.kill(under.archivePid, 'SIGCONT');
  }
  lines.push(`    with history: ${costText(all)}`);
  await wait(LAG_KNOWN_MS);
  await historyCaughtUp(bench, units);
  return lines.join('\n');
}

/** Milliseconds of CPU a unit, by role. */
function costOf(before: Cpu, after: Cpu, units: number): Cpu {
  return new Map([...after].map(([role, ms]) => [role, (ms - (before.get(role) ?? 0)) / units]));
}

function costText(cost: Cpu): string {
  return [...cost].map(([role, ms]) => `${role} ${ms.toFixed(3)}`).join(', ');
}

async function singles(flow: Flow, seconds: number) {
  const started = Date.now();
  const already = flow.delivered;
  let accepted = 0;
  let n = 0;
  await Promise.all(
    Array.from({ length: UNDER_WAY }, async () => {
      while (Date.now() < started + seconds * 1000) if (await flow.push(n++)) accepted++;
    }),
  );
  const took = (Date.now() - started) / 1000;
  await drained(flow, already + accepted);
  return { accepted, delivered: flow.delivered - already, took };
}

async function paced(flow: Flow, rate: number, seconds: number): Promise<number> {
  const started = Date.now();
  const already = flow.delivered;
  const pushes: Promise<boolean>[] = [];
  while (Date.now() < started + seconds * 1000) {
    for (let due = ((Date.now() - started) / 1000) * rate; pushes.length < due; ) pushes.push(flow.push(pushes.length));
    await wait(TICK_MS);
  }
  const accepted = (await Promise.all(pushes)).filter(Boolean).length;
  await drained(flow, already + accepted);
  return accepted;
}

async function batches(flow: Flow, seconds: number): Promise<{ pushed: number; took: number }> {
  const started = Date.now();
  const already = flow.delivered;
  let pushed = 0;
  while (Date.now() < started + seconds * 1000) {
    const rows = Array.from({ length: BATCH }, (_, i) => ({
      ...{ push_method: 1, platform: 'all', audience: { uids: [`u${(pushed + i) % 1000}`] } },
      message: { title: 'bench 压测', content: 'batch' },
    }));
    const answer = await flow.bench.back.call('POST', '/push/batch', { pushes: rows });
    pushed += (answer.body.data ?? []).filter(({ code }) => code === 1).length;
  }
  const took = (Date.now() - started) / 1000;
  await drained(flow, already + pushed);
  return { pushed, took };
}

function targetOf({ run }: RunningCluster): Target {
  const consumer = run.processes.find(({ role }) => role === 'consumer');
  if (consumer === undefined) throw new Error('the cluster has no consumer');
  return {
    run,
    back: backEnd(run),
    url: run.gateways[0] ?? '',
    app: run.demo.app_id,
    metrics: `http://${consumer.address}/metrics`,
    end: async () => undefined,
  };
}

/** User and system time of each role's processes, of all of ours, and of each engine. */
function cpuBy(running: RunningCluster, engines: Map<string, number>): Cpu {
  const cpu: Cpu = new Map();
  const add = (name: string, pid: number) => cpu.set(name, (cpu.get(name) ?? 0) + cpuOf(pid));
  for (const { role, pid } of running.run.processes) {
    add(role, pid);
    add(OURS, pid);
  }
  for (const [engine, pid] of engines) add(engine, pid);
  return cpu;
}

function cpuOf(pid: number): number {
  const [, rest = ''] = readFileSync(`/proc/${pid}/stat`, 'utf8').split(') ');
  const fields = rest.split(' ');
  // utime and stime are fields 14 and 15 of the line, proc(5)
  return (Number(fields[11]) + Number(fields[12])) * TICK_CPU_MS;
}
