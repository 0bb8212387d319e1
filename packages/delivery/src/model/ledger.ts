// What really happened in a run, noted by the model itself, and the checks that need no rest: order, doubles, bounds, refusals.
import { SEQ_ZERO, type Seq } from '@message-push/protocol';
import { deviceOf } from '../scope.ts';
import type { AppendResult, Arrival, BindAnswer, BindRequest, Entry, Inbox, InboxLimits } from '../types.ts';
import { isFor, type Push } from './push.ts';
import { type Sim, Violation } from './sim.ts';
import type { SimClient, Socket } from './sim-client.ts';
import type { Piece } from './sim-node.ts';
import { brief } from './sim-state.ts';

export interface Account {
  push: Push;
  accepted: boolean;
  evicted: boolean;
  /** The copies that left before their time. */
  pushedOut: Set<Seq>;
  /** Published again after its first copy had left the inbox: a session may see it twice. */
  twice: boolean;
  seqs: Set<Seq>;
}

export type FaultKind = 'state loss' | 'state cut' | 'node' | 'link' | 'gateway' | 'consumer';

export class Ledger {
  readonly sim: Sim;
  readonly accounts = new Map<string, Account>();
  readonly faults: { at: number; kind: FaultKind }[] = [];
  /** Per uid and scope: what its first sight owes it and keeps from it. */
  readonly owed = new Map<string, Set<string>>();
  readonly kept = new Map<string, Set<string>>();
  /** Scopes that state has lost, and when. */
  readonly scopesLost = new Map<string, number>();
  /** Since when a scope is owed what is accepted. */
  readonly scopesFrom = new Map<string, number>();
  lossy = false;
  private stored = new Map<string, Set<Seq>>();

  constructor(sim: Sim) {
    this.sim = sim;
  }

  fault(kind: FaultKind, what: string): void {
    this.faults.push({ at: this.sim.now, kind });
    this.sim.note(() => `FAULT ${kind}: ${what}`);
  }

  accept(push: Push): Account {
    let account = this.accounts.get(push.id);
    if (account === undefined) {
      account = { push, accepted: false, evicted: false, pushedOut: new Set(), twice: false, seqs: new Set() };
      this.accounts.set(push.id, account);
    }
    return account;
  }

  attached(client: SimClient, from: number): void {
    const key = `${client.uid} ${client.scope}`;
    if (!this.scopesFrom.has(key)) this.scopesFrom.set(key, from);
  }

  appended(uid: string, arrival: Arrival, result: AppendResult, inbox: Inbox, limits: InboxLimits): void {
    const account = this.accounts.get(arrival.message_id);
    const stored = this.storedOf(uid);
    const expired = arrival.expires_at <= this.sim.now;
    if (result.outcome === 'gone' && !stored.has(arrival.seq) && !expired) {
      throw new Violation('refused', `${brief(arrival.seq)} of ${uid} was never stored, but answered as gone`);
    }
    if (result.outcome === 'new') {
      if (stored.has(arrival.seq) && !this.lossy) {
        throw new Violation('recognised', `${brief(arrival.seq)} of ${uid} came back and was stored a second time`);
      }
      if (account !== undefined && account.seqs.size > 0 && !account.seqs.has(arrival.seq))
        this.second(account, inbox, arrival);
      account?.seqs.add(arrival.seq);
    }
    if (result.outcome === 'new' || result.outcome === 'again') stored.add(arrival.seq);
    for (const left of result.evicted) {
      const evicted = this.accounts.get(left.message_id);
      if (evicted !== undefined) evicted.evicted = true;
    }
    this.bounded(uid, inbox, limits);
  }

  /** Entries that left before their time, passed or not: a client past whose cursor they were may be told so. */
  pushedOut(before: Entry[], inbox: Inbox, limits: InboxLimits): void {
    for (const entry of before) {
      const due = entry.expires_at <= this.sim.now || (entry.passed_at ?? this.sim.now) + limits.holdMs <= this.sim.now;
      if (due || inbox.entries.some((other) => other.seq === entry.seq)) continue;
      const account = this.accounts.get(entry.message_id);
      account?.pushedOut.add(entry.seq);
    }
  }

  bound(
    uid: string,
    request: BindRequest,
    answer: BindAnswer,
    sight: { gets: string[]; not: string[] } | undefined,
    timely: boolean,
  ): void {
    const key = `${uid} ${request.scope}`;
    if (sight !== undefined) {
      this.owed.set(key, new Set(sight.gets));
      this.kept.set(key, new Set(sight.not));
    }
    if (this.lossy || !timely || request.cursor === SEQ_ZERO || request.repeat) return;
    const missed = this.missed(uid, request);
    const device = deviceOf(request.scope);
    const from = this.scopesFrom.get(key) ?? this.sim.now;
    const kept = this.kept.get(key);
    const own = missed.filter(
      ({ push }) => push.created >= from && !kept?.has(push.id) && isFor(push, request.platform, device),
    );
    if (answer.resumed && device !== undefined && own.length > 0) {
      throw new Violation('resumed', `${key} is told that nothing is missing past ${brief(request.cursor)}`);
    }
    if (!answer.resumed && missed.length === 0) {
      throw new Violation('resumed', `${key} is told that something is missing past ${brief(request.cursor)}`);
    }
  }

  /** State went back to an older moment. */
  lost(before: Map<string, Inbox>, after: Map<string, Inbox>): void {
    this.lossy = true;
    this.fault('state loss', '');
    for (const [uid, inbox] of before) {
      const now = after.get(uid)?.scopes ?? [];
      for (const scope of inbox.scopes) {
        if (now.some((other) => other.id === scope.id)) continue;
        this.scopesLost.set(`${uid} ${scope.id}`, this.sim.now);
      }
    }
  }

  enqueued(socket: Socket, piece: Piece): void {
    const before = socket.enqueued.find((other) => other.id === piece.id);
    if (before !== undefined && this.accounts.get(piece.id)?.twice !== true) {
      throw new Violation(
        'doubled',
        `${piece.id.slice(-4)} twice on ${socket.name}: ${brief(before.seq)}, ${brief(piece.seq)}`,
      );
    }
    const last = socket.enqueued.findLast((other) => other.seq !== SEQ_ZERO);
    if (last !== undefined && piece.seq !== SEQ_ZERO && piece.seq <= last.seq) {
      throw new Violation('order', `${brief(piece.seq)} after ${brief(last.seq)} on ${socket.name}`);
    }
    socket.enqueued.push(piece);
  }

  /** True when a fault of one of these kinds happened in the span. */
  struck(kinds: FaultKind[], from: number, to: number): boolean {
    return this.faults.some((fault) => kinds.includes(fault.kind) && fault.at >= from && fault.at <= to);
  }

  private storedOf(uid: string): Set<Seq> {
    let stored = this.stored.get(uid);
    if (stored === undefined) {
      stored = new Set();
      this.stored.set(uid, stored);
    }
    return stored;
  }

  private second(account: Account, inbox: Inbox, arrival: Arrival): void {
    const held = inbox.entries.some((entry) => entry.message_id === arrival.message_id && entry.seq !== arrival.seq);
    if (held) throw new Violation('again', `${arrival.message_id.slice(-4)} was published again and is held twice`);
    account.twice = true;
  }

  /** What left unpassed, or may have, past a client's cursor. */
  private missed(uid: string, request: BindRequest): Account[] {
    return [...this.accounts.values()].filter((account) => {
      if (account.push.uid !== uid || account.push.onlineOnly) return false;
      const left = account.push.expires > this.sim.now ? account.pushedOut : account.seqs;
      return [...left].some((seq) => seq > request.cursor);
    });
  }

  private bounded(uid: string, inbox: Inbox, limits: InboxLimits): void {
    const bytes = inbox.entries.reduce((sum, entry) => sum + entry.bytes, 0);
    const { entries, scopes, binds } = inbox;
    const over =
      entries.length > limits.entriesMax ||
      (bytes > limits.bytesMax && entries.length > 1) ||
      scopes.length > limits.scopesMax ||
      binds.length > limits.bindsMax;
    if (over)
      throw new Violation('bounded', `${uid}: ${entries.length} entries, ${bytes} bytes, ${scopes.length} scopes`);
  }
}
