// State as the model sees it: atomic calls on inboxes over connections that break, and an engine that may lose its last moments.
import { advance, append, bind, emptyInbox, pull, unbind } from '../inbox.ts';
import { isFor } from '../inbox-parts.ts';
import { addressesScope } from '../scope.ts';
import type {
  AdvanceAnswer,
  AdvanceRequest,
  AppendResult,
  Arrival,
  BindAnswer,
  BindRequest,
  Inbox,
  InboxLimits,
  PullAnswer,
  PullRequest,
} from '../types.ts';
import type { Ledger } from './ledger.ts';
import { type Channel, Proc, type Sim, Violation } from './sim.ts';

interface Pending {
  run: () => unknown;
  fail: () => void;
}

/** A process that talks to state. Calls are carried out in order while the connection lives. */
export class Stateful extends Proc {
  readonly state: SimState;
  connection = 1;
  connected: boolean;
  private requests: Channel;
  private answers: Channel;
  private pending: Pending[] = [];
  private sent = 0;

  constructor(sim: Sim, name: string, state: SimState) {
    super(sim, name);
    this.state = state;
    this.requests = sim.channel(state.engine);
    this.answers = sim.channel(this);
    this.connected = state.up;
    state.clients.add(this);
    if (!state.up) state.reconnect(this);
  }

  /** `done` gets undefined when the connection broke first: then the call was carried out, or not, or will be. */
  call<T>(run: () => T, done: (answer: T | undefined) => void): void {
    if (!this.connected) {
      this.soon(() => done(undefined));
      return;
    }
    this.pending.push({ run, fail: () => done(undefined) });
    this.sim.send(this.requests, () => {
      this.sent -= 1;
      const answer = run();
      this.sim.send(this.answers, () => {
        this.pending.shift();
        done(answer);
      });
    });
    this.sent += 1;
  }

  /** The connection breaks. What the engine has not carried out yet it may still carry out when `late`. */
  cut(late: boolean): void {
    const unsent = this.pending.slice(this.pending.length - this.sent);
    const failed = this.pending;
    this.requests.queue = [];
    this.answers.queue = [];
    this.requests = this.sim.channel(this.state.engine);
    this.answers = this.sim.channel(this);
    this.pending = [];
    this.sent = 0;
    this.connected = false;
    if (late) {
      const kept = unsent.slice(0, this.sim.random.int(unsent.length + 1));
      const way = new Proc(this.sim, 'late');
      way.stoppedUntil = this.sim.now + this.sim.random.int(500);
      const orphan = this.sim.channel(way);
      for (const call of kept) this.sim.send(orphan, () => call.run());
      this.state.orphans.push(orphan);
    }
    for (const call of failed) this.soon(call.fail);
  }

  reconnected(): void {
    this.connection += 1;
    this.connected = true;
    this.onReconnect();
  }

  onReconnect(): void {}

  /** Killed: what it had sent is carried out up to some point, nobody hears the answers. */
  die(): void {
    this.alive = false;
    this.requests.queue.length = this.sim.random.int(this.requests.queue.length + 1);
    this.state.orphans.push(this.requests);
    this.state.clients.delete(this);
  }
}

export class SimState {
  readonly sim: Sim;
  readonly engine: Proc;
  readonly clients = new Set<Stateful>();
  readonly limits: InboxLimits;
  readonly lossWindowMs: number;
  orphans: Channel[] = [];
  up = true;
  private inboxes = new Map<string, Inbox>();
  private snapshots: { at: number; inboxes: Map<string, Inbox> }[] = [];
  private readonly ledger: Ledger;

  constructor(sim: Sim, ledger: Ledger, limits: InboxLimits, lossWindowMs: number) {
    this.sim = sim;
    this.ledger = ledger;
    this.engine = new Proc(sim, 'state');
    this.limits = limits;
    this.lossWindowMs = lossWindowMs;
  }

  inbox(uid: string): Inbox {
    let inbox = this.inboxes.get(uid);
    if (inbox === undefined) {
      inbox = emptyInbox();
      this.inboxes.set(uid, inbox);
    }
    return inbox;
  }

  append(uid: string, arrival: Arrival): AppendResult {
    this.snapshot();
    const held = this.inbox(uid).entries.map((entry) => ({ ...entry }));
    const result = append(this.inbox(uid), arrival, this.sim.now, this.limits);
    this.ledger.appended(uid, arrival, result, this.inbox(uid), this.limits);
    this.ledger.pushedOut(held, this.inbox(uid), this.limits);
    this.sim.note(() => `  state append ${uid} ${brief(arrival.seq)} -> ${result.outcome} prev ${brief(result.prev)}`);
    return result;
  }

  bind(uid: string, request: BindRequest): BindAnswer {
    this.snapshot();
    const inbox = this.inbox(uid);
    const sight = this.atFirstSight(inbox, request);
    const known = inbox.scopes.find((scope) => scope.id === request.scope)?.cursor ?? '';
    const answer = bind(inbox, request, this.sim.now, this.limits);
    this.ledger.bound(uid, request, answer, sight, known <= request.cursor);
    this.sim.note(
      () =>
        `  state bind ${uid} ${request.scope} at ${request.bind.node}/${request.bind.incarnation} repeat ${request.repeat} enqueued ${brief(request.enqueued)} cursor ${brief(request.cursor)} -> start ${brief(answer.start)} behind ${answer.behind}`,
    );
    return answer;
  }

  pull(uid: string, request: PullRequest): PullAnswer {
    const answer = pull(this.inbox(uid), request, this.sim.now);
    const stale = answer.entries.find((entry) => entry.expires_at <= this.sim.now);
    if (stale !== undefined) throw new Violation('expired', `${brief(stale.seq)} of ${uid} is read after its time`);
    return answer;
  }

  advance(uid: string, request: AdvanceRequest): AdvanceAnswer {
    this.snapshot();
    this.sim.note(() => `  state advance ${uid} ${request.scope} ${brief(request.cursor)}`);
    return advance(this.inbox(uid), request, this.sim.now, this.limits);
  }

  unbind(uid: string, node: string, incarnation: string, serial?: number): void {
    this.snapshot();
    this.sim.note(() => `  state unbind ${uid} ${node}/${incarnation}`);
    unbind(this.inbox(uid), node, incarnation, undefined, serial);
  }

  /** The engine dies; what it stored within the loss window may be gone when it is back. */
  crash(awayMs: number): void {
    const oldest = this.sim.now - this.lossWindowMs;
    const usable = this.snapshots.filter((snapshot) => snapshot.at >= oldest);
    const back = this.sim.random.chance(0.2) ? undefined : this.sim.random.pick(usable);
    if (back !== undefined) {
      this.ledger.lost(this.inboxes, back.inboxes);
      this.inboxes = cloneAll(back.inboxes);
    } else this.ledger.fault('state cut', 'all');
    this.snapshots = [];
    this.sim.note(() => `STATE CRASH, back to ${back === undefined ? 'now' : back.at - this.sim.now}`);
    for (const orphan of this.orphans) orphan.queue = [];
    this.orphans = [];
    this.up = false;
    for (const client of this.clients) {
      if (!client.alive) continue;
      client.cut(false);
      this.reconnect(client);
    }
    this.engine.after(awayMs, () => {
      this.up = true;
    });
  }

  /** One process loses its connection and gets a new one. */
  cut(client: Stateful): void {
    this.ledger.fault('state cut', client.name);
    client.cut(true);
    this.reconnect(client);
  }

  reconnect(client: Stateful): void {
    client.after(20 + this.sim.random.int(150), () => {
      if (client.connected) return;
      if (!this.up) {
        this.reconnect(client);
        return;
      }
      this.sim.note(() => `${client.name} reconnects to state`);
      client.reconnected();
    });
  }

  /** What the design says a scope seen for the first time must get and must not get, worked out from the stored facts. */
  private atFirstSight(inbox: Inbox, request: BindRequest): { gets: string[]; not: string[] } | undefined {
    const known = inbox.scopes.some((scope) => scope.id === request.scope);
    if (known || request.repeat || request.cursor > '0'.repeat(22)) return undefined;
    const reader = { id: request.scope, platform: request.platform, skips: [] };
    const due = inbox.entries.filter((entry) => isFor(entry, reader, this.sim.now));
    const taken = due.filter((entry) =>
      inbox.scopes.some((scope) => addressesScope(entry, scope) && scope.cursor >= entry.seq),
    );
    const fresh = (id: string): boolean =>
      Number.parseInt(id.slice(0, 12), 16) >= (request.since ?? Number.POSITIVE_INFINITY);
    return {
      gets: due.filter((entry) => !taken.includes(entry) && entry.passed_at === undefined).map((e) => e.message_id),
      not: taken.filter((entry) => !fresh(entry.message_id)).map((entry) => entry.message_id),
    };
  }

  private snapshot(): void {
    const last = this.snapshots.at(-1);
    if (last !== undefined && this.sim.now - last.at < 40) return;
    this.snapshots.push({ at: this.sim.now, inboxes: cloneAll(this.inboxes) });
    while ((this.snapshots[0]?.at ?? this.sim.now) < this.sim.now - this.lossWindowMs) this.snapshots.shift();
  }
}

/** A sequence for people: offset.index. */
export function brief(seq: string): string {
  return `${Number.parseInt(seq.slice(4, 18), 16)}.${Number.parseInt(seq.slice(18), 16)}`;
}

function cloneAll(inboxes: Map<string, Inbox>): Map<string, Inbox> {
  const copy = new Map<string, Inbox>();
  for (const [uid, inbox] of inboxes) {
    copy.set(uid, {
      ...inbox,
      entries: inbox.entries.map((entry) => ({ ...entry })),
      scopes: inbox.scopes.map((scope) => ({ ...scope, skips: [...scope.skips] })),
      binds: inbox.binds.map((bind) => ({ ...bind })),
    });
  }
  return copy;
}
