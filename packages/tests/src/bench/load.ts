// Throughput, latency and fan-out of the embedded platform.
import { Agent, request } from 'undici';
import { login, openMany, tokens } from './clients.ts';
import { probe, quantile, startBench, type Target, wait } from './measured.ts';

const SESSIONS = 1000;

export interface Flow {
  bench: Target;
  delivered: number;
  latencies: number[];
  /** Pushes one message to u(n mod 1000); false when it was refused. */
  push(n: number): Promise<boolean>;
  end(): Promise<void>;
}

/** 1,000 online sessions and a keep-alive client. */
export async function startFlow(bench: Target): Promise<Flow> {
  const flow: Flow = { bench, delivered: 0, latencies: [], push, end };
  const list = await tokens(bench, SESSIONS);
  const sockets = await openMany(SESSIONS, (index) =>
    login(bench, list[index] ?? '', (text) => {
      flow.delivered++;
      const sent = /"content":"(\d+)"/.exec(text)?.[1];
      if (sent !== undefined) flow.latencies.push(Date.now() - Number(sent));
    }),
  );
  const agent = new Agent({ connections: 64, pipelining: 1 });
  const authorization = `Basic ${Buffer.from(`${bench.run.demo.app_id}:${bench.run.demo.app_secret}`).toString('base64')}`;
  async function push(n: number): Promise<boolean> {
    const body = `{"push_method":1,"platform":"all","audience":{"uids":["u${n % SESSIONS}"]},"message":{"title":"bench 压测","content":"${Date.now()}"}}`;
    const answer = await request(`${bench.run.api}/message-push/v1/push`, {
      method: 'POST',
      headers: { authorization, 'content-type': 'application/json' },
      body,
      dispatcher: agent,
    });
    await answer.body.dump();
    return answer.statusCode === 200;
  }
  async function end(): Promise<void> {
    for (const socket of sockets) socket.terminate();
    await agent.close();
    await bench.end();
  }
  return flow;
}

/** p50 and p99 from push to client at 200 single pushes a second while the history is searched once a second. */
export async function latency(seconds: number): Promise<string> {
  const flow = await startFlow(await startBench());
  const search = setInterval(() => void flow.bench.back.call('GET', '/pushes?limit=20'), 1000);
  const pushes: Promise<boolean>[] = [];
  const started = Date.now();
  for (let n = 0; n < seconds * 200; n++) {
    await wait(Math.max(0, started + n * 5 - Date.now()));
    pushes.push(flow.push(n));
  }
  await Promise.all(pushes);
  clearInterval(search);
  await drained(flow, pushes.length);
  const sorted = flow.latencies.sort((a, b) => a - b);
  await flow.end();
  return `push → client at 200/s, ${SESSIONS} sessions, history searched once a second: p50 ${quantile(sorted, 0.5)} ms, p99 ${quantile(sorted, 0.99)} ms (${sorted.length} of ${pushes.length} delivered)`;
}

/** Accepted and delivered pushes per second with 32 under way, the oldest unconsumed entry, and how long the history needs afterwards. */
export async function throughput(seconds: number): Promise<string> {
  const bench = await startBench();
  const flow = await startFlow(bench);
  const before = await probe(bench.platform.child);
  let accepted = 0;
  let n = 0;
  let oldestMs = 0;
  const until = Date.now() + seconds * 1000;
  const watch = setInterval(async () => {
    oldestMs = Math.max(oldestMs, await metric(flow.bench, 'mp_consumer_oldest_unsettled_ms'));
  }, 500);
  const started = Date.now();
  await Promise.all(
    Array.from({ length: 32 }, async () => {
      while (Date.now() < until) if (await flow.push(n++)) accepted++;
    }),
  );
  const took = (Date.now() - started) / 1000;
  clearInterval(watch);
  await drained(flow, accepted);
  const after = await probe(bench.platform.child);
  const historyS = await historyCaughtUp(flow.bench, accepted);
  const line = `${(accepted / took).toFixed(0)} single pushes/s over ${took.toFixed(0)} s (32 at a time): ${accepted} accepted of ${n}, ${flow.delivered} delivered, oldest unconsumed entry ${oldestMs.toFixed(0)} ms, history caught up ${historyS.toFixed(1)} s after, ${((after.cpuMs - before.cpuMs) / accepted).toFixed(3)} ms CPU of the whole platform a push`;
  await flow.end();
  return line;
}

/** Milliseconds from one push to 1,000 online uids until the last socket has it. */
export async function fanOut(): Promise<string> {
  const flow = await startFlow(await startBench());
  const line = await fanOutOn(flow);
  await flow.end();
  return line;
}

export async function fanOutOn(flow: Flow): Promise<string> {
  const uids = Array.from({ length: SESSIONS }, (_, i) => `u${i}`);
  const times: number[] = [];
  for (let round = 0; round < 5; round++) {
    const already = flow.delivered;
    const started = performance.now();
    await flow.bench.back.push(uids, 'to all');
    while (flow.delivered < already + SESSIONS) await wait(1);
    times.push(performance.now() - started);
  }
  return `one push to ${SESSIONS} online uids, until the last socket has it: ${times.map((ms) => ms.toFixed(0)).join(', ')} ms`;
}

export async function drained(flow: Flow, wanted: number): Promise<void> {
  const until = Date.now() + 30_000;
  while (flow.delivered < wanted && Date.now() < until) await wait(10);
}

export async function historyCaughtUp(bench: Target, wanted: number): Promise<number> {
  const started = Date.now();
  while (Date.now() - started < 120_000) {
    if ((await metric(bench, 'mp_consumer_history_lag')) === 0) return (Date.now() - started) / 1000;
    await wait(100);
  }
  throw new Error(`the history of ${wanted} pushes did not catch up`);
}

/** A gauge's value, the highest over its labels. */
async function metric(bench: Target, name: string): Promise<number> {
  const text = await (await fetch(bench.metrics)).text();
  const values = text
    .split('\n')
    .filter((line) => line.startsWith(name))
    .map((line) => Number(line.slice(line.lastIndexOf(' '))));
  if (values.length === 0) throw new Error(`no metric ${name}`);
  return Math.max(...values);
}
