// What may happen in a run besides messages on their way: pushes, comings and goings, faults.
import {
  addNode,
  convictNode,
  cutLink,
  cutState,
  drainNode,
  killConsumer,
  killGateway,
  killNode,
  pickNode,
  rebalance,
  reinforce,
  stopConsumer,
  stopNode,
} from './faults.ts';
import type { Published, Push } from './push.ts';
import type { World } from './world.ts';

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
