// What a change of the ring means for the nodes that stay: their load, whom it hits most, and whether to go on.
import type { NodeRow, SimulationView } from '@message-push/protocol/admin';

/** How far a node's share is off its ideal, which is its part of all weights: 0.1 = a tenth too much. Draining nodes have no ideal. */
export function skewOf(node: NodeRow, nodes: readonly NodeRow[]): number | undefined {
  if (node.state === 'draining') return undefined;
  const weights = nodes.reduce((sum, { state, weight }) => sum + (state === 'draining' ? 0 : weight), 0);
  return weights === 0 || node.weight === 0 ? undefined : (node.share * weights) / node.weight - 1;
}

export interface OutlookRow {
  id: string;
  before: number;
  after: number;
  /** Users that it would own, of those online now. */
  usersAfter: number;
  kind: 'stays' | 'leaves' | 'joins';
}

/** One row per node of either ring, in order of ids. */
export function outlookOf(simulation: SimulationView): OutlookRow[] {
  const before = new Map(simulation.before.map(({ id, share }) => [id, share]));
  const after = new Map(simulation.after.map(({ id, share }) => [id, share]));
  return [...new Set([...before.keys(), ...after.keys()])].sort().map((id) => {
    const share = after.get(id) ?? 0;
    const kind = !after.has(id) ? 'leaves' : before.has(id) ? 'stays' : 'joins';
    return {
      id,
      before: before.get(id) ?? 0,
      after: share,
      usersAfter: Math.round(share * simulation.users_online),
      kind,
    };
  });
}

/** A node whose event loop lags this much is busy, milliseconds. */
export const BUSY_MS = 100;
/** A node whose load grows by this factor may get tight though it is not busy now. */
const STEEP = 1.5;

export interface Verdict {
  hint: 'go' | 'careful' | 'stop';
  why: 'noneLeft' | 'overCapacity' | 'unwell' | 'busy' | 'steep' | 'fine' | 'nothing';
  /** The node that it rests on: the most loaded one after the change, or the one that is unwell. */
  id?: string;
  /** Its load after the change against now; absent when it has none now. */
  factor?: number;
  usersAfter?: number;
}

/** `capacity` = users that one node can carry, when somebody said so. The first of stop, careful, go that holds. */
export function verdictOf(rows: readonly OutlookRow[], nodes: readonly NodeRow[], capacity?: number): Verdict {
  const left = rows.filter(({ after }) => after > 0);
  const most = left.reduce<OutlookRow | undefined>((a, b) => (a === undefined || b.after > a.after ? b : a), undefined);
  if (most === undefined) return { hint: 'stop', why: 'noneLeft' };
  if (rows.every(({ before, after }) => before === after)) return { hint: 'go', why: 'nothing' };
  const about = {
    id: most.id,
    usersAfter: most.usersAfter,
    ...(most.before > 0 && { factor: most.after / most.before }),
  };
  if (capacity !== undefined && most.usersAfter > capacity) return { hint: 'stop', why: 'overCapacity', ...about };
  const heirs = nodes.filter(({ id }) => left.some((row) => row.id === id && row.after > row.before));
  const unwell = heirs.find(({ state }) => state === 'down' || state === 'suspicious');
  if (unwell !== undefined) return { hint: 'stop', why: 'unwell', id: unwell.id };
  const busy = heirs.find(({ event_loop_p99_ms }) => event_loop_p99_ms >= BUSY_MS);
  if (busy !== undefined) return { hint: 'careful', why: 'busy', id: busy.id };
  const steepest = left
    .filter(({ before }) => before > 0)
    .reduce<OutlookRow | undefined>(
      (a, b) => (a === undefined || b.after / b.before > a.after / a.before ? b : a),
      undefined,
    );
  const factor = steepest === undefined ? 1 : steepest.after / steepest.before;
  if (capacity === undefined && steepest !== undefined && factor >= STEEP)
    return { hint: 'careful', why: 'steep', id: steepest.id, factor, usersAfter: steepest.usersAfter };
  return { hint: 'go', why: 'fine', ...about };
}

export interface DrainProgress {
  left: number;
  atStart: number;
  /** 0..1; 1 when nobody was there. */
  done: number;
  finished: boolean;
  /** Milliseconds at the pace so far; absent while nobody has moved. */
  remainingMs?: number;
}

export function drainProgress(
  { since, uids_at_start, uids_left }: { since: number; uids_at_start: number; uids_left: number },
  now: number,
): DrainProgress {
  // Somebody may have come between the order and the first count.
  const atStart = Math.max(uids_at_start, uids_left);
  const moved = atStart - uids_left;
  const finished = uids_left === 0;
  const elapsed = now - since;
  return {
    left: uids_left,
    atStart,
    done: atStart === 0 ? 1 : moved / atStart,
    finished,
    ...(!finished && moved > 0 && elapsed > 0 && { remainingMs: (elapsed / moved) * uids_left }),
  };
}
