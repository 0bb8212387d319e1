// What may happen in a run besides messages on their way: pushes, comings and goings, faults.
import { assign, connect, startConsumer, startGateway, startNode } from './life.ts';
import type { Link, SimNode } from './sim-node.ts';
import type { Published, Push, World } from './world.ts';

/** What may happen in a run; each run allows some, so that rare combinations are not drowned by all at once. */
export interface Flavour {
  nodes: boolean;
  links: boolean;
  gateways: boolean;
  consumers: boolean;
  stateLoss: boolean;
  stateCut: boolean;
  churn: boolean;
  filters: boolean;
  devices: boolean;
  expiry: boolean;
  eviction: boolean;
  again: boolean;
  onlineOnly: boolean;
  slow: boolean;
}

export interface Action {
  weight: number;
  run(world: World): void;
}

export function actions(flavour: Flavour): Action[] {
  const all: [boolean, number, (world: World) => void][] = [
    [true, 30, (world) => push(world, flavour)],
    [true, 3, login],
    [flavour.churn, 6, logout],
    [flavour.slow, 3, stall],
    [flavour.nodes, 2, killNode],
    [flavour.nodes, 1, drainNode],
    [flavour.nodes, 1, stopNode],
    [flavour.nodes, 1, convictNode],
    [flavour.nodes, 1, addNode],
    [flavour.links, 3, cutLink],
    [flavour.gateways, 2, killGateway],
    [flavour.consumers, 2, rebalance],
    [flavour.consumers, 2, killConsumer],
    [flavour.consumers, 1, stopConsumer],
    [flavour.stateLoss, 2, (world) => world.state.up && world.state.crash(world.sim.random.int(300))],
    [flavour.stateCut, 3, cutState],
    [true, 0.5, net],
    [true, 0.5, quiet],
  ];
  return all.filter(([on]) => on).map(([, weight, run]) => ({ weight, run }));
}

function push(world: World, flavour: Flavour): void {
  const { random } = world.sim;
  const uid = random.pick(world.clients)?.uid;
  if (uid === undefined) return;
  const record: Published[] = [];
  const count = random.chance(0.2) ? 2 : 1;
  for (let i = 0; i < count; i++) record.push({ push: compose(world, uid, flavour), again: false });
  if (flavour.again && random.chance(0.3)) {
    publishUnsure(world, record);
    return;
  }
  publish(world, record);
}

function compose(world: World, uid: string, flavour: Flavour): Push {
  const { random, now } = world.sim;
  const ttl = flavour.expiry && random.chance(0.4) ? 100 + random.int(3000) : 3_600_000;
  const made: Push = {
    id: world.messageId(),
    uid,
    created: now,
    expires: now + ttl,
    onlineOnly: flavour.onlineOnly && random.chance(0.3),
    bytes: 200 + random.int(1500),
  };
  if (flavour.filters && random.chance(0.4)) made.platforms = [random.chance(0.5) ? 'h5' : 'ios'];
  const device = random.pick(world.clients.filter((client) => client.uid === uid && client.deviceId !== undefined));
  if (flavour.filters && device?.deviceId !== undefined && random.chance(0.3)) made.device_ids = [device.deviceId];
  return made;
}

function publish(world: World, record: Published[]): void {
  world.sim.note(
    () =>
      `PUSH ${record.map(({ push, again }) => `${push.id.slice(-4)} to ${push.uid}${again ? ' again' : ''}${push.onlineOnly ? ' online only' : ''}`)}`,
  );
  for (const { push } of record) world.ledger.accept(push).accepted = true;
  store(world, record);
}

/** The fate of the first attempt is unknown; sooner or later it is published again, marked, and only that is answered. */
function publishUnsure(world: World, record: Published[]): void {
  const { random } = world.sim;
  for (const { push } of record) world.ledger.accept(push);
  const stored = random.chance(0.7);
  world.sim.note(() => `PUSH of unknown fate ${record.map(({ push }) => push.id.slice(-4))} stored ${stored}`);
  if (stored) store(world, record);
  if (random.chance(0.15)) return;
  world.leader.after(random.chance(0.2) ? 9000 : random.int(600), () =>
    publish(
      world,
      record.map(({ push }) => ({ push, again: true })),
    ),
  );
}

function store(world: World, record: Published[]): void {
  world.publish(record);
  for (const consumer of world.consumers) consumer.wake();
}

function login(world: World): void {
  world.sim.random.pick(world.clients.filter((client) => client.socket === undefined))?.login();
}

function logout(world: World): void {
  const { random } = world.sim;
  const client = random.pick(world.clients.filter((one) => one.socket !== undefined));
  if (client === undefined) return;
  client.logout(random.chance(0.6));
  if (random.chance(0.6)) client.after(random.int(400), () => client.login());
}

function stall(world: World): void {
  const { random } = world.sim;
  random.pick(world.clients.filter((client) => client.socket !== undefined))?.stall(random.int(2500));
}

function killNode(world: World): void {
  const { random } = world.sim;
  const node = pickNode(world);
  if (node === undefined || living(world).length < 2) return;
  world.ledger.fault('node', `${node.name} killed`);
  bury(world, node);
  if (random.chance(0.6)) world.leader.after(random.int(500), () => startNode(world, node.id));
}

/** The process is gone: its links break, the ring notices. */
export function bury(world: World, node: SimNode): void {
  node.die();
  for (const link of world.links.filter((one) => one.node === node)) closeLink(world, link);
  world.leader.after(100 + world.sim.random.int(500), () => world.convict(node));
}

function drainNode(world: World): void {
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
function stopNode(world: World): void {
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

function convictNode(world: World): void {
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

function addNode(world: World): void {
  const id = `n${1 + world.sim.random.int(4)}`;
  if (world.nodes.some((node) => node.alive && node.id === id)) return;
  startNode(world, id);
}

function cutLink(world: World): void {
  const link = world.sim.random.pick(world.links.filter((one) => one.open));
  if (link === undefined) return;
  world.ledger.fault('link', `${link.gateway.name} - ${link.node.name}`);
  closeLink(world, link);
}

/** Both ends get a part of what was under way, then the end; later the gateway dials again. */
export function closeLink(world: World, link: Link): void {
  if (!link.open) return;
  link.open = false;
  const { random } = world.sim;
  for (const channel of [link.up, link.down]) channel.queue.length = random.int(channel.queue.length + 1);
  world.sim.send(link.up, () => link.node.onLinkClosed(link));
  world.sim.send(link.down, () => link.gateway.onLinkClosed(link));
  link.gateway.after(50 + random.int(400), () => connect(world, link.gateway, link.node));
}

function killGateway(world: World): void {
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

function rebalance(world: World): void {
  assign(world, world.sim.random.int(world.partitions));
}

function killConsumer(world: World): void {
  const consumer = world.sim.random.pick(world.consumers.filter((one) => one.alive));
  if (consumer === undefined) return;
  world.ledger.fault('consumer', consumer.name);
  consumer.die();
  startConsumer(world, consumer.name.slice(0, 2));
  takeOver(world, world.sim.random.int(300));
}

function stopConsumer(world: World): void {
  const { random } = world.sim;
  const consumer = random.pick(world.consumers.filter((one) => one.alive && !one.stopped));
  if (consumer === undefined) return;
  const span = random.chance(0.1) ? 10_000 : random.int(1500);
  world.ledger.fault('consumer', `${consumer.name} stands still for ${span}`);
  consumer.stoppedUntil = world.sim.now + span;
  takeOver(world, 200 + random.int(200));
}

/** Partitions of members that died or stand still go to others. */
export function takeOver(world: World, ms: number): void {
  world.leader.after(ms, () => {
    world.assigned.forEach((consumer, partition) => {
      if (consumer === undefined || !consumer.alive || consumer.stopped) assign(world, partition);
    });
    const orphaned = world.assigned.some((consumer) => consumer?.alive !== true);
    if (orphaned) takeOver(world, 200);
  });
}

function cutState(world: World): void {
  const process = world.sim.random.pick([...world.state.clients].filter((one) => one.alive && one.connected));
  if (process !== undefined) world.state.cut(process);
}

/** The net of every few minutes, at one node. */
function net(world: World): void {
  pickNode(world)?.recordAll();
}

/** Nothing happens for longer than the hold. */
function quiet(world: World): void {
  reinforce(world);
  world.sim.drain(8000);
  world.sim.now += world.scale.limits.holdMs + 500;
}

/** Somebody starts a node when none is left. */
export function reinforce(world: World): void {
  if (living(world).length === 0) startNode(world, 'n5');
}

function living(world: World): SimNode[] {
  return world.nodes.filter((node) => node.alive && !node.stopped && !node.draining && !node.convicted);
}

function pickNode(world: World): SimNode | undefined {
  return world.sim.random.pick(living(world));
}
