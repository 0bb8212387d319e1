// What may break in a run: processes die, stand still or are given up, links and connections are cut, partitions wander.
import { assign, connect, startConsumer, startGateway, startNode } from './life.ts';
import type { Link, SimNode } from './sim-node.ts';
import type { World } from './world.ts';

export function killNode(world: World): void {
  const { random } = world.sim;
  const node = pickNode(world);
  if (node === undefined || living(world).length < 2) return;
  world.ledger.fault('node', `${node.name} killed`);
  bury(world, node);
  if (random.chance(0.6)) world.leader.after(random.int(500), () => startNode(world, node.id));
}

/** The process is gone: its links break, the ring notices. */
function bury(world: World, node: SimNode): void {
  node.die();
  for (const link of world.links.filter((one) => one.node === node)) closeLink(world, link);
  world.leader.after(100 + world.sim.random.int(500), () => world.convict(node));
}

export function drainNode(world: World): void {
  const node = pickNode(world);
  if (node === undefined || living(world).length < 2 || node.draining) return;
  node.draining = true;
  world.sim.note(() => `DRAIN ${node.name}`);
  const nodes = world.ring.nodes.map((one) =>
    one.incarnation === node.incarnation ? { ...one, state: 'draining' as const } : one,
  );
  world.writeRing(`${node.name} drains`, nodes);
  world.leader.after(900, () => {
    world.convict(node);
    node.convicted = true;
  });
  world.leader.after(1300, () => {
    if (!node.alive) return;
    world.ledger.fault('node', `${node.name} exits`);
    bury(world, node);
    if (world.sim.random.chance(0.7)) startNode(world, node.id);
  });
}

/** The process stands still: links fall silent and are closed, the ring gives it up, then it goes on as if nothing had been. */
export function stopNode(world: World): void {
  const { random } = world.sim;
  const node = pickNode(world);
  if (node === undefined || living(world).length < 2) return;
  const span = random.int(1500);
  world.ledger.fault('node', `${node.name} stands still for ${span}`);
  node.stoppedUntil = world.sim.now + span;
  const silence = 150 + random.int(150);
  if (span < silence) return;
  world.leader.after(silence, () => {
    for (const link of world.links.filter((one) => one.node === node)) closeLink(world, link);
  });
  if (span < 600) return;
  world.leader.after(300 + random.int(300), () => outcast(world, node));
}

export function convictNode(world: World): void {
  const node = pickNode(world);
  if (node !== undefined && living(world).length > 1) outcast(world, node);
}

/** The ring gives up a node that lives. It is never added again: it ends and comes back as a new incarnation. */
function outcast(world: World, node: SimNode): void {
  if (node.convicted || !node.alive) return;
  world.ledger.fault('node', `${node.name} convicted`);
  node.convicted = true;
  world.convict(node);
  world.leader.after(1500, () => {
    if (!node.alive) return;
    bury(world, node);
    startNode(world, node.id);
  });
}

export function addNode(world: World): void {
  const id = `n${1 + world.sim.random.int(4)}`;
  if (world.nodes.some((node) => node.alive && node.id === id)) return;
  startNode(world, id);
}

export function cutLink(world: World): void {
  const link = world.sim.random.pick(world.links.filter((one) => one.open));
  if (link === undefined) return;
  world.ledger.fault('link', `${link.gateway.name} - ${link.node.name}`);
  closeLink(world, link);
}

/** Both ends get a part of what was under way, then the end; later the gateway dials again. */
function closeLink(world: World, link: Link): void {
  if (!link.open) return;
  link.open = false;
  const { random } = world.sim;
  for (const channel of [link.up, link.down]) channel.queue.length = random.int(channel.queue.length + 1);
  world.sim.send(link.up, () => link.node.onLinkClosed(link));
  world.sim.send(link.down, () => link.gateway.onLinkClosed(link));
  link.gateway.after(50 + random.int(400), () => connect(world, link.gateway, link.node));
}

export function killGateway(world: World): void {
  const { random } = world.sim;
  const gateway = random.pick(world.gateways.filter((one) => one.alive));
  if (gateway === undefined) return;
  world.ledger.fault('gateway', gateway.name);
  gateway.alive = false;
  for (const link of world.links.filter((one) => one.gateway === gateway)) closeLink(world, link);
  startGateway(world, gateway.name.slice(0, 2));
  for (const client of world.clients) {
    const { socket } = client;
    if (socket?.gateway !== gateway) continue;
    client.after(random.int(200), () => {
      client.onClosed(socket);
      if (random.chance(0.7)) client.after(random.int(300), () => client.login());
    });
  }
}

export function rebalance(world: World): void {
  assign(world, world.sim.random.int(world.partitions));
}

export function killConsumer(world: World): void {
  const consumer = world.sim.random.pick(world.consumers.filter((one) => one.alive));
  if (consumer === undefined) return;
  world.ledger.fault('consumer', consumer.name);
  consumer.die();
  startConsumer(world, consumer.name.slice(0, 2));
  takeOver(world, world.sim.random.int(300));
}

export function stopConsumer(world: World): void {
  const { random } = world.sim;
  const consumer = random.pick(world.consumers.filter((one) => one.alive && !one.stopped));
  if (consumer === undefined) return;
  const span = random.chance(0.1) ? 10_000 : random.int(1500);
  world.ledger.fault('consumer', `${consumer.name} stands still for ${span}`);
  consumer.stoppedUntil = world.sim.now + span;
  takeOver(world, 200 + random.int(200));
}

/** Partitions of members that died or stand still go to others. */
function takeOver(world: World, ms: number): void {
  world.leader.after(ms, () => {
    world.assigned.forEach((consumer, partition) => {
      if (consumer === undefined || !consumer.alive || consumer.stopped) assign(world, partition);
    });
    const orphaned = world.assigned.some((consumer) => consumer?.alive !== true);
    if (orphaned) takeOver(world, 200);
  });
}

export function cutState(world: World): void {
  const process = world.sim.random.pick([...world.state.clients].filter((one) => one.alive && one.connected));
  if (process !== undefined) world.state.cut(process);
}

/** Somebody starts a node when none is left. */
export function reinforce(world: World): void {
  if (living(world).length === 0) startNode(world, 'n5');
}

function living(world: World): SimNode[] {
  return world.nodes.filter((node) => node.alive && !node.stopped && !node.draining && !node.convicted);
}

export function pickNode(world: World): SimNode | undefined {
  return world.sim.random.pick(living(world));
}
