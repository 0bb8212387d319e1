// Times in queries, read the same way by the api and by pages.

const RELATIVE = /^now(-(\d{1,5})([smhd]))?$/;
const UNIT_MS: Record<string, number> = { s: 1_000, m: 60_000, h: 3_600_000, d: 86_400_000 };
const EPOCH_MS = /^\d{1,15}$/;
const RFC3339 = /^\d{4}-\d\d-\d\dT\d\d:\d\d(:\d\d(\.\d{1,9})?)?(Z|[+-]\d\d:\d\d)$/i;

/** Epoch milliseconds of `now`, `now-15m` (s, m, h, d), epoch milliseconds or RFC 3339; undefined when it is none of them. */
export function timeOf(text: string, now: number): number | undefined {
  const relative = RELATIVE.exec(text);
  if (relative === null) return momentOf(text);
  return now - Number(relative[2] ?? 0) * (UNIT_MS[relative[3] ?? 's'] ?? 0);
}

/** Epoch milliseconds of epoch milliseconds or RFC 3339; undefined when it is neither. */
export function momentOf(text: string): number | undefined {
  if (EPOCH_MS.test(text)) return Number(text);
  const at = RFC3339.test(text) ? Date.parse(text) : Number.NaN;
  return Number.isNaN(at) ? undefined : at;
}
