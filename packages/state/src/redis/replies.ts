// Answers of Redis as the scripts give them.

/** Resolves when every call was answered; rejects with the first failure, but not before. */
export async function allOf<T>(calls: Promise<T>[]): Promise<T[]> {
  const settled = await Promise.allSettled(calls);
  const failed = settled.find((one) => one.status === 'rejected');
  if (failed) throw failed.reason;
  return settled.flatMap((one) => (one.status === 'fulfilled' ? [one.value] : []));
}

export function textOf(reply: unknown): string {
  return typeof reply === 'string' ? reply : '';
}

export function textsOf(reply: unknown): string[] {
  return Array.isArray(reply) ? reply.map(textOf) : [];
}

export function numberOf(reply: unknown): number {
  return Number(reply ?? 0);
}
