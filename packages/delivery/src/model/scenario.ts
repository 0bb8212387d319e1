// One run of the model: a world made from a seed, random actions and faults for a while, then peace and the accounts.
import { INBOX_LIMITS } from '../types.ts';
import { actions, type Flavour } from './actions.ts';
import { settle } from './checks.ts';
import { reinforce } from './faults.ts';
import { assign, startConsumer, startGateway, startNode } from './life.ts';
import { type Random, Sim, Violation } from './sim.ts';
import type { ClientKind } from './sim-client.ts';
import { SimClient } from './sim-client.ts';
import { type Scale, World } from './world.ts';

export interface Outcome {
  seed: number;
  steps: number;
  pushes: number;
  violation: Violation | undefined;
  trace: string[];
}

/** Plays one run; the same seed plays the same run. */
export function play(seed: number, trace = false): Outcome {
  const sim = new Sim(seed, trace);
  const flavour = flavourOf(sim.random);
  sim.note(
    () =>
      `seed ${seed}: ${Object.entries(flavour)
        .filter(([, on]) => on)
        .map(([name]) => name)}`,
  );
  const world = build(sim, flavour);
  let violation: Violation | undefined;
  try {
    act(world, flavour);
    reinforce(world);
    settle(world);
  } catch (error) {
    if (!(error instanceof Violation)) throw error;
    violation = error;
  }
  return { seed, steps: sim.steps, pushes: world.ledger.accounts.size, violation, trace: sim.lines ?? [] };
}

function flavourOf(random: Random): Flavour {
  const on = (p: number): boolean => random.chance(p);
  return {
    nodes: on(0.5),
    links: on(0.3),
    gateways: on(0.3),
    consumers: on(0.5),
    stateLoss: on(0.35),
    stateCut: on(0.35),
    churn: on(0.6),
    filters: on(0.4),
    devices: on(0.6),
    expiry: on(0.2),
    eviction: on(0.15),
    again: on(0.3),
    onlineOnly: on(0.3),
    slow: on(0.3),
  };
}

function build(sim: Sim, flavour: Flavour): World {
  const scale: Scale = {
    limits: {
      ...INBOX_LIMITS,
      holdMs: 8000,
      ...(flavour.eviction ? { entriesMax: 6, bytesMax: 5000 } : {}),
    },
    // A state that loses nothing lets offsets be committed at once.
    lossWindowMs: flavour.stateLoss || sim.random.chance(0.5) ? 300 : 0,
    roomMax: 2500,
    slowMs: 1200,
    bindMs: 350,
    onlineOnlyMs: 1000,
  };
  const world = new World(sim, scale, 2);
  for (let i = 0; i < 2 + sim.random.int(2); i++) startNode(world, `n${i + 1}`);
  for (let i = 0; i < 2; i++) startGateway(world, `g${i + 1}`);
  for (let i = 0; i < 2; i++) startConsumer(world, `c${i + 1}`);
  for (let partition = 0; partition < world.partitions; partition++) assign(world, partition);
  sim.drain(2000);
  for (const uid of ['ann', 'bob'].slice(0, 1 + sim.random.int(2))) {
    const kinds = 1 + sim.random.int(3);
    for (let i = 0; i < kinds; i++) {
      const client = new SimClient(world, `${uid}${i + 1}`, kindOf(sim.random, uid, i, flavour));
      world.clients.push(client);
      if (sim.random.chance(0.6)) client.login();
    }
  }
  return world;
}

function kindOf(random: Random, uid: string, index: number, flavour: Flavour): ClientKind {
  const platform = random.chance(0.6) ? 'h5' : 'ios';
  const ack = random.chance(0.5);
  if (!flavour.devices || random.chance(0.4)) return { uid, platform, ack };
  return { uid, platform, ack, deviceId: `${uid}-${index}` };
}

function act(world: World, flavour: Flavour): void {
  const { sim } = world;
  const possible = actions(flavour);
  const total = possible.reduce((sum, action) => sum + action.weight, 0);
  const steps = 60 + sim.random.int(340);
  for (let i = 0; i < steps; i++) {
    if (!sim.random.chance(0.12)) {
      sim.step();
      continue;
    }
    let at = sim.random.next() * total;
    const action = possible.find((one) => {
      at -= one.weight;
      return at < 0;
    });
    action?.run(world);
  }
}
