// The ledger of a fault campaign: every push that was answered with code 1, and every time a receiver saw it.

interface Fate {
  uid: string;
  /** Epoch milliseconds, as the one before. */
  acceptedAt: number;
  seenAt: number[];
}

/** A kill: sent at `from`; from `to` on nothing it had written could still come in. */
export interface Kill {
  from: number;
  to: number;
}

/** By message id. A message may be seen before its sender has read the answer. */
export class Ledger {
  private readonly fates = new Map<string, Fate>();
  /** Accepted ids by receiver, in the order of their answers. */
  private readonly order = new Map<string, string[]>();
  private readonly sights = new Map<string, string[]>();

  accepted(uid: string, id: string): void {
    this.fate(uid, id).acceptedAt = Date.now();
    listOf(this.order, uid).push(id);
  }

  saw(uid: string, id: string): void {
    this.fate(uid, id).seenAt.push(Date.now());
    listOf(this.sights, uid).push(id);
  }

  acceptedOf(uid: string): string[] {
    return this.order.get(uid) ?? [];
  }

  /** What the application of this receiver saw, in order. */
  seenBy(uid: string): string[] {
    return this.sights.get(uid) ?? [];
  }

  get acceptedCount(): number {
    return [...this.order.values()].reduce((sum, ids) => sum + ids.length, 0);
  }

  missingOf(uid: string): string[] {
    return this.acceptedOf(uid).filter((id) => (this.fates.get(id)?.seenAt.length ?? 0) === 0);
  }

  hasAll(uid: string): boolean {
    return this.missingOf(uid).length === 0;
  }

  /**
   * Losses and doubles of receivers that do not acknowledge, and those of them that no kill explains: a frame is excused when it was
   * written (seen, or at the earliest accepted or replayed after a login) within `windowMs` before a kill.
   */
  unacknowledged(
    uids: string[],
    kills: Kill[],
    logins: number[],
    windowMs: number,
  ): { lost: number; doubled: number; unexcused: string[] } {
    const soonBeforeKill = (at: number) => kills.some(({ from, to }) => at <= to && from - at <= windowMs);
    const result = { lost: 0, doubled: 0, unexcused: [] as string[] };
    for (const [id, { uid, acceptedAt, seenAt }] of this.fates) {
      if (!uids.includes(uid) || acceptedAt === 0) continue;
      if (seenAt.length === 0) {
        result.lost++;
        const written = [acceptedAt, ...logins.filter((login) => login >= acceptedAt)];
        if (!written.some(soonBeforeKill)) result.unexcused.push(`${id} of ${uid} lost`);
      }
      result.doubled += Math.max(0, seenAt.length - 1);
      for (const at of seenAt.slice(0, -1)) {
        if (soonBeforeKill(at)) continue;
        const next = kills.find(({ to }) => to >= at);
        result.unexcused.push(
          `${id} of ${uid} doubled, written ${next === undefined ? 'after the last kill' : `${next.from - at} ms before a kill`}`,
        );
      }
    }
    return result;
  }

  private fate(uid: string, id: string): Fate {
    const present = this.fates.get(id) ?? { uid, acceptedAt: 0, seenAt: [] };
    this.fates.set(id, present);
    return present;
  }
}

function listOf(lists: Map<string, string[]>, uid: string): string[] {
  const list = lists.get(uid) ?? [];
  lists.set(uid, list);
  return list;
}
