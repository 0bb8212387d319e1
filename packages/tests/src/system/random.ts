// Randomness that can be repeated: everything a test chooses comes from one seed that is printed.

export interface Random {
  /** 0 ≤ x < 1. */
  next(): number;
  /** A whole number, 0 ≤ n < below. */
  int(below: number): number;
  pick<T>(list: readonly T[]): T;
  bytes(count: number): Buffer;
}

/** Mulberry32. The seed is `variable` of the environment when that is set, else the clock's. */
export function seeded(variable: string): Random & { seed: number } {
  const seed = Number(process.env[variable] ?? Date.now() % 1_000_000_000);
  let state = seed >>> 0;
  const next = () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let t = Math.imul(state ^ (state >>> 15), state | 1);
    t ^= t + Math.imul(t ^ (t >>> 7), t | 61);
    return ((t ^ (t >>> 14)) >>> 0) / 4_294_967_296;
  };
  const int = (below: number) => Math.floor(next() * below);
  return {
    seed,
    next,
    int,
    pick<T>(list: readonly T[]): T {
      if (list.length === 0) throw new Error('nothing to pick from');
      return list[int(list.length)] as T; // the index is below the length
    },
    bytes: (count) => Buffer.from(Array.from({ length: count }, () => int(256))),
  };
}
