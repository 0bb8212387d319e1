// The same load on a cluster of processes with the real engines on this machine: figures, and CPU by role.
import { readFileSync } from 'node:fs';
import { backEnd, type RunningCluster, startCluster, temporaryDir } from '@message-push/testkit';
import { ENGINES, engineEnv, startEngines } from '@message-push/testkit/stack';
import { drained, type Flow, fanOutOn, historyCaughtUp, startFlow } from './load.ts';
import { quantile, type Target, wait } from './measured.ts';

const UNDER_WAY = 32;
const BATCH = 500;
const TICK_MS = 20;
/** Clock ticks of /proc are hundredths of a second on Linux. */
const TICK_CPU_MS = 10;

/** CPU so far by role, milliseconds. */
type Cpu = Map<string, number>;

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
    return await measured(flow, () => cpuBy(running, pids), seconds);
  } finally {
    await flow.end();
    await running.stopAll();
    await Promise.all(Object.values(engines).map((handle) => handle.stop()));
    dir.remove();
  }
}

async function measured(flow: Flow, cpu: () => Cpu, seconds: number): Promise<string> {
  const lines: string[] = [];
  const section = async (work: () => Promise<{ text: string; units: number; unit: string }>) => {
    const before = cpu();
    const { text, units, unit } = await work();
    const historyS = await historyCaughtUp(flow.bench, units);
    const after = cpu();
    const spent = [...after].map(([role, ms]) => `${role} ${((ms - (before.get(role) ?? 0)) / units).toFixed(3)}`);
    lines.push(
      `${text}, history caught up ${historyS.toFixed(1)} s after`,
      `  CPU in ms a ${unit}: ${spent.join(', ')}`,
    );
  };
  let rate = 0;
  await section(async () => {
    const { accepted, took } = await singles(flow, seconds);
    rate = accepted / took;
    return {
      text: `${rate.toFixed(0)} single pushes/s over ${took.toFixed(0)} s (${UNDER_WAY} at a time), ${flow.delivered} of ${accepted} delivered`,
      units: accepted,
      unit: 'push',
    };
  });
  await section(async () => {
    flow.latencies.length = 0;
    const pushed = await paced(flow, Math.min(rate, 1500) / 2, seconds);
    const sorted = flow.latencies.sort((a, b) => a - b);
    return {
      text: `at ${(pushed / seconds).toFixed(0)} pushes/s: p50 ${quantile(sorted, 0.5)} ms, p99 ${quantile(sorted, 0.99)} ms`,
      units: pushed,
      unit: 'push',
    };
  });
  await section(async () => {
    const { pushed, took } = await batches(flow, seconds);
    return { text: `${(pushed / took).toFixed(0)} pushes/s by batches of ${BATCH}`, units: pushed, unit: 'push' };
  });
  await section(async () => {
    const before = flow.delivered;
    const text = await fanOutOn(flow);
    return { text, units: flow.delivered - before, unit: 'delivery' };
  });
  return `on the real stack, one api, one gateway, two nodes, one consumer:\n${lines.map((line) => `  ${line}`).join('\n')}`;
}

async function singles(flow: Flow, seconds: number): Promise<{ accepted: number; took: number }> {
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
  return { accepted, took };
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
    add('ours together', pid);
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
