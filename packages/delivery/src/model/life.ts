// How processes of the model come to life and are joined: nodes, gateways, consumers, links.
import { SimConsumer } from './sim-consumer.ts';
import { SimGateway } from './sim-gateway.ts';
import { SimNode } from './sim-node.ts';
import type { World } from './world.ts';

export function startNode(world: World, id: string): void {
  if (world.nodes.some((node) => node.alive && node.id === id)) return;
  const node = new SimNode(world, id);
  world.nodes.push(node);
  for (const gateway of world.gateways) if (gateway.alive) connect(world, gateway, node);
  node.after(world.sim.random.int(200), () => world.join(node));
}

export function startGateway(world: World, name: string): void {
  const gateway = new SimGateway(world, `${name}/${world.incarnation()}`);
  world.gateways = world.gateways.filter((other) => other.alive);
  world.gateways.push(gateway);
  for (const node of world.nodes) if (node.alive) connect(world, gateway, node);
}

export function startConsumer(world: World, name: string): SimConsumer {
  const consumer = new SimConsumer(world, name);
  world.consumers = world.consumers.filter((other) => other.alive);
  world.consumers.push(consumer);
  return consumer;
}

/** Gives a partition to a living member; the one before learns of it later, if it lives and does not stand still. */
export function assign(world: World, partition: number): void {
  const before = world.assigned[partition];
  const able = world.consumers.filter((consumer) => consumer.alive && !consumer.stopped);
  const next = world.sim.random.pick(able.length > 1 ? able.filter((consumer) => consumer !== before) : able);
  if (next === undefined || next === before) return;
  world.assigned[partition] = next;
  if (before?.alive === true) before.after(world.sim.random.int(400), () => before.revoke(partition));
  next.assign(partition);
}

/** Opens the link of a pair, unless the node has left for good. */
export function connect(world: World, gateway: SimGateway, node: SimNode): void {
  const usable = gateway.alive && node.alive && !node.convicted;
  if (!usable || world.links.some((link) => link.open && link.gateway === gateway && link.node === node)) return;
  if (node.stopped) {
    gateway.after(200, () => connect(world, gateway, node));
    return;
  }
  world.links = world.links.filter((link) => link.open);
  world.links.push({ gateway, node, open: true, up: world.sim.channel(node), down: world.sim.channel(gateway) });
  gateway.soon(() => gateway.onLinkOpen());
}
