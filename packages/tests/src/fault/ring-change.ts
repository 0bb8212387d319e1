// The ways in which an operator changes the ring of a running cluster, one version at a time where that is possible.
import type { RunningCluster } from '@message-push/testkit';
import type { Random } from '../system/random.ts';

export interface Tools {
  cluster: RunningCluster;
  /** Of the inner calls. */
  secret: string;
  /** host:port of Nacos. */
  nacos: string;
  random: Random;
}

interface Node {
  id: string;
  weight: number;
  state: 'up' | 'draining';
}

export interface RingChange {
  name: string;
  make(tools: Tools): Promise<void>;
  /** The ring is as it was wanted. */
  isDone(now: readonly Node[], before: readonly Node[]): boolean;
}

const WEIGHTS = [0.5, 1, 2];
const SERVICE = 'DEFAULT_GROUP@@message-push-node';

/** The node gives its sessions away and stays. */
export function drains({ id }: Node): RingChange {
  return {
    name: `${id} drains`,
    make: (tools) => drain(tools, id, false),
    isDone: (now) => now.some((node) => node.id === id && node.state === 'draining'),
  };
}

/** It takes them back. */
export function returns({ id }: Node): RingChange {
  return {
    name: `${id} is back`,
    make: (tools) => drain(tools, id, true),
    isDone: (now) => now.some((node) => node.id === id && node.state === 'up'),
  };
}

/** Another weight, as an operator gives it in the console of Nacos. */
export function weighs({ id, weight }: Node): RingChange[] {
  return WEIGHTS.filter((other) => other !== weight).map((other) => ({
    name: `${id} weighs ${other}`,
    make: (tools) => weigh(tools, id, other),
    isDone: (now) => now.some((node) => node.id === id && node.weight === other),
  }));
}

export const joins: RingChange = {
  name: 'a node joins',
  async make({ cluster }) {
    await cluster.add('node');
  },
  isDone: (now, before) => now.some(({ id }) => before.every((node) => node.id !== id)),
};

/** It drains and ends: two versions. */
export function leaves({ id }: Node): RingChange {
  return {
    name: `${id} leaves`,
    make: ({ cluster }) => cluster.drain(id),
    isDone: (now) => now.every((node) => node.id !== id),
  };
}

async function drain({ cluster, secret }: Tools, id: string, undo: boolean): Promise<void> {
  const address = cluster.run.processes.find((one) => one.id === id)?.address;
  const response = await fetch(`http://${address}/v1/inner/drain`, {
    method: 'POST',
    headers: { authorization: `Bearer ${secret}` },
    body: JSON.stringify({ undo }),
  });
  if (!response.ok) throw new Error(`${id} answered ${response.status}`);
}

async function weigh({ nacos }: Tools, id: string, weight: number): Promise<void> {
  const url = `http://${nacos}/nacos/v1/ns/instance`;
  const list = await (await fetch(`${url}/list?serviceName=${SERVICE}`)).json();
  // as Nacos lists instances: {hosts: [{ip, port, metadata}]}
  const { hosts } = list as { hosts: { ip: string; port: number; metadata: Record<string, string> }[] };
  const host = hosts.find(({ metadata }) => metadata['mp.id'] === id);
  if (host === undefined) throw new Error(`Nacos does not list ${id}`);
  const query = new URLSearchParams({
    serviceName: SERVICE,
    ip: host.ip,
    port: String(host.port),
    clusterName: 'DEFAULT',
    ephemeral: 'true',
    weight: String(weight),
    enabled: 'true',
    healthy: 'true',
    metadata: JSON.stringify(host.metadata),
  });
  const response = await fetch(`${url}?${query}`, { method: 'POST' });
  if (!response.ok) throw new Error(`Nacos answered ${response.status}: ${await response.text()}`);
}
