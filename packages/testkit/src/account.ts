// The account of a test run: what was accepted, what each receiver saw, and the invariants over both.

/** What an application behind one receiver saw, in order: message ids. */
export type Seen = string[];

/** Throws when an accepted message was seen by nobody of `seen` and is not explained. Answers how many arrived. */
export function assertNoneLost(
  accepted: Iterable<string>,
  seen: Seen,
  explained: ReadonlySet<string> = new Set(),
): number {
  const there = new Set(seen);
  const lost: string[] = [];
  let arrived = 0;
  for (const id of accepted) {
    if (there.has(id)) arrived++;
    else if (!explained.has(id)) lost.push(id);
  }
  if (lost.length > 0)
    throw new Error(`${lost.length} accepted messages were lost, e.g. ${lost.slice(0, 3).join(', ')}`);
  return arrived;
}

/** Throws when a receiver saw a message twice. */
export function assertNoDuplicate(seen: Seen): void {
  const once = new Set<string>();
  const twice = seen.filter((id) => once.size === once.add(id).size);
  if (twice.length > 0)
    throw new Error(`${twice.length} messages were seen twice, e.g. ${twice.slice(0, 3).join(', ')}`);
}

/** Throws when what a receiver saw is not in the order of `sent`; messages it did not see, or that `sent` lacks, do not count. */
export function assertOrdered(sent: readonly string[], seen: Seen): void {
  const place = new Map(sent.map((id, index) => [id, index]));
  let last = -1;
  for (const id of seen) {
    const index = place.get(id);
    if (index === undefined) continue;
    if (index < last) throw new Error(`message ${id} was seen after a later one`);
    last = index;
  }
}

/** Throws when a count that should be back at its start is not: handles, sessions, rows. */
export function assertNoLeak(before: Record<string, number>, after: Record<string, number>): void {
  const grown = Object.keys(before).filter((name) => (after[name] ?? 0) > (before[name] ?? 0));
  if (grown.length > 0) {
    throw new Error(grown.map((name) => `${name} grew from ${before[name]} to ${after[name]}`).join('; '));
  }
}
