// How many pushes all apis accept in a second: each tells its count in state, this one knows its own.
import type { State } from '@message-push/state';

export interface PushRateDeps {
  state: Pick<State, 'announced'>;
  clock: { now(): number };
  /** Of this api's life. */
  incarnation: string;
  /** Pushes that this api has accepted so far. */
  accepted(): number;
}

interface Told {
  accepted: number;
  /** Epoch milliseconds, by its own clock. */
  at: number;
  perS: number;
}

/** What an api tells beside that it lives. */
export function announcementOf(accepted: number, at: number): string {
  return JSON.stringify({ accepted, at });
}

export class PushRate {
  readonly #deps: PushRateDeps;
  readonly #others = new Map<string, Told>();
  #own: Told | undefined;

  constructor(deps: PushRateDeps) {
    this.#deps = deps;
  }

  /** To be asked about once a second; 0 at first. While state is away others count as they did last. */
  async perSecond(): Promise<number> {
    const { clock, accepted, state, incarnation } = this.#deps;
    this.#own = later(this.#own, { accepted: accepted(), at: clock.now() });
    const living = await state.announced('api').catch(() => undefined);
    for (const { id, data } of living ?? []) {
      const told = id === incarnation ? undefined : countIn(data);
      if (told !== undefined) this.#others.set(id, later(this.#others.get(id), told));
    }
    if (living !== undefined)
      for (const id of this.#others.keys()) if (!living.some((one) => one.id === id)) this.#others.delete(id);
    const all = [this.#own, ...this.#others.values()];
    return Math.round(all.reduce((total, { perS }) => total + perS, 0) * 10) / 10;
  }
}

/** The same announcement again tells nothing new. */
function later(before: Told | undefined, { accepted, at }: { accepted: number; at: number }): Told {
  if (before === undefined) return { accepted, at, perS: 0 };
  const passed = at - before.at;
  if (passed <= 0) return before;
  return { accepted, at, perS: Math.max(0, ((accepted - before.accepted) / passed) * 1_000) };
}

function countIn(data: string): { accepted: number; at: number } | undefined {
  try {
    const value: unknown = JSON.parse(data);
    if (typeof value !== 'object' || value === null || !('accepted' in value) || !('at' in value)) return undefined;
    const { accepted, at } = value;
    return typeof accepted === 'number' && typeof at === 'number' ? { accepted, at } : undefined;
  } catch {
    // An api of an older version tells nothing.
    return undefined;
  }
}
