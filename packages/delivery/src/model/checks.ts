// The end of a run: everything heals, everybody logs in, and the accounts of every push must close.
import type { Account } from './ledger.ts';
import { isFor } from './push.ts';
import { Violation } from './sim.ts';
import type { SimClient, Socket } from './sim-client.ts';
import { brief } from './sim-state.ts';
import type { World } from './world.ts';

const STEPS_MAX = 30_000;

export function settle(world: World): void {
  const { sim } = world;
  sim.note(() => 'PEACE');
  sim.drain(STEPS_MAX);
  checkCommits(world);
  checkBinds(world);
  checkLiving(world);

  sim.note(() => 'ALL LOG IN');
  for (const client of world.clients) client.login();
  sim.drain(STEPS_MAX);
  checkBinds(world);
  checkLiving(world);
  checkNothingLost(world);
  checkApplications(world);

  sim.note(() => 'NET, THEN ALL LOG IN ANEW');
  for (const node of world.nodes) if (node.alive) node.recordAll();
  sim.drain(STEPS_MAX);
  const peaceAt = sim.now;
  for (const client of world.clients) client.logout(true);
  sim.drain(STEPS_MAX);
  for (const client of world.clients) client.login();
  sim.drain(STEPS_MAX);
  checkReplays(world, peaceAt);
  checkAtRest(world);
}

/** Nothing stays unsettled: not by a node that is gone, not by a connection that broke. */
function checkCommits(world: World): void {
  world.logs.forEach((log, partition) => {
    const committed = world.committed[partition] ?? 0;
    if (committed !== log.length)
      throw new Violation('settled', `partition ${partition}: ${committed} of ${log.length} committed`);
  });
}

/** Wherever sessions are, the inbox knows; and it knows of nobody who is out of the ring. */
function checkBinds(world: World): void {
  for (const node of world.nodes.filter((one) => one.alive)) {
    for (const { frame } of node.sessions) {
      const { binds } = world.state.inbox(frame.uid);
      if (binds.some((bind) => bind.incarnation === node.incarnation)) continue;
      throw new Violation('recorded', `${frame.uid} has a session at ${node.name} that the inbox does not know`);
    }
  }
}

/** A session that lives has everything that was accepted since its LOGIN. */
function checkLiving(world: World): void {
  for (const client of world.clients) {
    const { socket } = client;
    if (socket?.loggedInAt === undefined) continue;
    for (const account of due(world, client, socket.loggedInAt)) {
      if (account.pushedOut.size > 0) continue;
      if (socket.arrived.some((piece) => piece.id === account.push.id)) continue;
      if (client.ack && client.log.some((one) => one.id === account.push.id)) continue;
      throw new Violation('living', `${name(account)} did not reach ${socket.name}, which was there before it`);
    }
  }
}

/** Everything accepted reached whom it must, or is explained. */
function checkNothingLost(world: World): void {
  for (const client of world.clients) {
    if (client.dueFrom === undefined || excluded(world, client)) continue;
    const key = `${client.uid} ${client.scope}`;
    const owed = world.ledger.owed.get(key) ?? new Set();
    for (const account of [
      ...due(world, client, client.dueFrom),
      ...unexpired(world, client).filter((a) => owed.has(a.push.id)),
    ]) {
      if (reached(world, client, account) || leftWhileLost(world, client, account)) continue;
      throw new Violation('lost', `${name(account)} never reached ${client.name} (${client.scope})`);
    }
  }
  for (const account of world.ledger.accounts.values()) {
    if (!account.accepted || explained(world, account)) continue;
    const seen = world.clients.some((client) => client.sockets.some((socket) => took(socket, account)));
    const held = world.state.inbox(account.push.uid).entries.some((entry) => entry.message_id === account.push.id);
    if (!seen && !held) throw new Violation('lost', `${name(account)} reached nobody and is not held`);
  }
}

/** An acknowledging client's application sees each push once, in order; nobody sees what was not for them. */
function checkApplications(world: World): void {
  for (const client of world.clients) {
    const seen = new Set<string>();
    let last = '';
    for (const { id, seq } of client.log) {
      const account = world.ledger.accounts.get(id);
      if (client.ack && seen.has(id))
        throw new Violation('once', `${id.slice(-4)} twice in the application of ${client.name}`);
      if (client.ack && account?.push.onlineOnly !== true && seq <= last) {
        throw new Violation('order', `${brief(seq)} after ${brief(last)} in the application of ${client.name}`);
      }
      if (
        account === undefined ||
        !isFor(account.push, client.platform, client.deviceId) ||
        account.push.uid !== client.uid
      ) {
        throw new Violation('addressed', `${id.slice(-4)} reached ${client.name}`);
      }
      seen.add(id);
      if (account.push.onlineOnly !== true) last = seq;
    }
    if (!quietRun(world)) continue;
    for (const id of world.ledger.kept.get(`${client.uid} ${client.scope}`) ?? []) {
      if (seen.has(id) && world.ledger.accounts.get(id)?.twice !== true)
        throw new Violation('first sight', `${client.name} got ${id.slice(-4)}, which others had passed`);
    }
  }
}

/** What was written to a legacy scope does not come again at its next LOGIN, but for the last moment before a crash. */
function checkReplays(world: World, peaceAt: number): void {
  for (const client of world.clients) {
    const socket = client.sockets.at(-1);
    if (client.ack || socket === undefined) continue;
    for (const piece of socket.arrived) {
      const before = siblings(world, client)
        .flatMap((other) => other.sockets)
        .filter((other) => (other.closedAt ?? peaceAt + 1) <= peaceAt || other.closedAt !== undefined)
        .flatMap((other) => other.taken)
        .find((taken) => taken.piece.id === piece.id);
      if (before === undefined || world.ledger.accounts.get(piece.id)?.twice === true) continue;
      const crash = world.ledger.struck(
        ['state loss', 'gateway', 'node', 'link', 'state cut'],
        before.at - 1000,
        before.at + 1500,
      );
      if (!crash)
        throw new Violation(
          'replayed',
          `${piece.id.slice(-4)} was written ${peaceAt - before.at} ms ago and came again to ${socket.name}`,
        );
    }
  }
}

/** After the hold only what somebody has yet to pass is in an inbox. */
function checkAtRest(world: World): void {
  world.sim.now += world.scale.limits.holdMs + 1;
  for (const node of world.nodes) if (node.alive) node.recordAll();
  world.sim.drain(STEPS_MAX);
  for (const uid of new Set(world.clients.map((client) => client.uid))) {
    const inbox = world.state.inbox(uid);
    for (const entry of inbox.entries) {
      if (entry.passed_at !== undefined)
        throw new Violation('at rest', `${brief(entry.seq)} of ${uid} stays although it was passed`);
    }
    for (const bind of inbox.binds) {
      const node = world.nodes.find((other) => other.incarnation === bind.incarnation);
      if (node?.alive === true && node.sessions.some((session) => session.frame.uid === uid)) continue;
      const someone = world.nodes.some(
        (other) => other.alive && other.sessions.some((session) => session.frame.uid === uid),
      );
      // A bind that was carried out late stays recorded until the next post for its uid.
      const late = world.ledger.struck(['state cut'], 0, world.sim.now);
      if (someone && !late)
        throw new Violation('at rest', `${uid} is still recorded at ${bind.node}/${bind.incarnation}`);
    }
  }
}

/** Accepted since then, for this client, and with no explanation for not coming. */
function due(world: World, client: SimClient, from: number): Account[] {
  return unexpired(world, client).filter((account) => account.push.created >= from);
}

function unexpired(world: World, client: SimClient): Account[] {
  return [...world.ledger.accounts.values()].filter(
    (account) =>
      account.accepted &&
      account.push.uid === client.uid &&
      !explained(world, account) &&
      isFor(account.push, client.platform, client.deviceId),
  );
}

function explained(world: World, account: Account): boolean {
  return account.evicted || account.push.onlineOnly || account.push.expires <= world.sim.now;
}

/** A device that acknowledges has it in its application; a platform has it when one of its sessions took it. */
function reached(world: World, client: SimClient, account: Account): boolean {
  const all = siblings(world, client);
  const { id } = account.push;
  if (all.every((one) => one.ack)) return all.some((one) => one.log.some((entry) => entry.id === id));
  return all.some((one) => one.sockets.some((socket) => took(socket, account)));
}

function siblings(world: World, client: SimClient): SimClient[] {
  return world.clients.filter((other) => other.uid === client.uid && other.scope === client.scope);
}

function took(socket: Socket, account: Account): boolean {
  return socket.taken.some(({ piece }) => piece.id === account.push.id);
}

/** The one exclusion of the promises: state lost a scope, and the node that would have recorded it again died as well. */
function excluded(world: World, client: SimClient): boolean {
  const lostAt = world.ledger.scopesLost.get(`${client.uid} ${client.scope}`);
  return lostAt !== undefined && world.ledger.struck(['node', 'link', 'gateway'], lostAt - 1500, lostAt + 2500);
}

/** A known limit: state lost the scope, and before it was recorded again a full inbox let go what all the others had passed. */
function leftWhileLost(world: World, client: SimClient, account: Account): boolean {
  return account.pushedOut.size > 0 && world.ledger.scopesLost.has(`${client.uid} ${client.scope}`);
}

function quietRun(world: World): boolean {
  return !world.ledger.faults.some(({ kind }) => kind !== 'gateway');
}

function name(account: Account): string {
  return `${account.push.id.slice(-4)} (${[...account.seqs].map(brief)})`;
}
