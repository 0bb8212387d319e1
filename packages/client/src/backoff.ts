// When to come back after a lost connection: with jitter, so that thousands of clients do not return at once.

export const BACKOFF = { firstMs: 1000, minMs: 500, maxMs: 20_000 } as const;

/**
 * Delay in milliseconds before attempt `attempt`. 0 = the first after a connection that had lived: within a second, because most of
 * those are moves. Later ones are uniform between 0.5 s and a cap that doubles from 2 s to 20 s.
 */
export function backoffMs(attempt: number, random: () => number): number {
  if (attempt === 0) return Math.round(random() * BACKOFF.firstMs);
  const cap = Math.min(BACKOFF.maxMs, BACKOFF.firstMs * 2 ** Math.min(attempt, 10));
  return Math.round(BACKOFF.minMs + random() * (cap - BACKOFF.minMs));
}
