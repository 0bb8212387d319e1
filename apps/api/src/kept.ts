// An answer that several operators ask for within a moment is worked out once.

/**
 * `read`, at most once in `freshMs`: who asks meanwhile gets the same answer. One that failed is not kept. `now` answers epoch
 * milliseconds.
 */
export function kept<T>(freshMs: number, now: () => number, read: () => Promise<T>): () => Promise<T> {
  let answer: Promise<T> | undefined;
  let readAt = 0;
  return () => {
    const at = now();
    if (answer !== undefined && at - readAt < freshMs && at >= readAt) return answer;
    readAt = at;
    const mine = read();
    answer = mine;
    mine.catch(() => {
      if (answer === mine) answer = undefined;
    });
    return mine;
  };
}
