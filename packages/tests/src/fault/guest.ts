// A node of the cluster that its launcher does not know: reached through a TCP proxy whose faults are for one gateway alone, or of another checkout.
import { randomBytes } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { type NodeStats, nodeStatsJson } from '@message-push/protocol';
import { type ProxyProcess, type RunningCluster, spawnApp, startTcpProxy } from '@message-push/testkit';
import { freePort } from '@message-push/testkit/stack';

export interface GuestOptions {
  /** Faults of its proxy are for the connections of this gateway, which lives throughout. Without it there is no proxy. */
  gateway?: string;
  /** Root of the checkout that it is run from; default this one. */
  checkout?: string;
}

export interface Guest {
  readonly id: string;
  readonly pid: number;
  /** The gateway that alone suffers from the proxy. */
  readonly gateway: string;
  /** Undefined when it is reached as it is. */
  readonly proxy: ProxyProcess | undefined;
  /** The file that it runs. */
  readonly program: string;
  /** By its own word, past the proxy. */
  stats(): Promise<NodeStats>;
  /** SIGTERM: it drains; resolves with its exit code, also when it is gone already. */
  leave(): Promise<number | null>;
  /** All it printed. */
  output(): string;
}

const ID = 'node-guest';

/** The secret of inner calls, to be told to launcher and guest alike. */
export function clusterSecret(): string {
  return randomBytes(16).toString('hex');
}

/** Resolves when it listens. `env`: engines and CLUSTER_SECRETS of the cluster. */
export async function startGuest(
  env: Record<string, string>,
  cluster: Pick<RunningCluster, 'run'>,
  { gateway = '', checkout }: GuestOptions,
): Promise<Guest> {
  const port = await freePort();
  const at = `127.0.0.1:${port}`;
  const victim = cluster.run.processes.find(({ id }) => id === gateway)?.pid ?? 0;
  const proxy = gateway === '' ? undefined : await startTcpProxy(at, victim);
  const own = { PORT: String(port), NODE_RING_KEY: ID, ...(proxy && { ADVERTISE_ADDRESS: proxy.address }) };
  const app = spawnApp('node', { ...env, ...own }, checkout);
  await app.listening;
  const headers = { authorization: `Bearer ${env.CLUSTER_SECRETS ?? ''}` };
  return {
    id: ID,
    pid: app.child.pid ?? 0,
    gateway,
    proxy,
    program: programOf(app.child.pid ?? 0),
    async stats() {
      const response = await fetch(`http://${at}/v1/inner/stats`, { headers });
      return nodeStatsJson.decode(await response.text());
    },
    async leave() {
      app.child.kill('SIGTERM');
      const code = await app.exited;
      await proxy?.close();
      return code;
    },
    output: () => `${app.lines().join('\n')}\n${app.complaint()}`,
  };
}

/** The command of a process is its words, each behind a NUL; Node's second one is the file. */
function programOf(pid: number): string {
  return readFileSync(`/proc/${pid}/cmdline`, 'utf8').split('\0')[1] ?? '';
}
