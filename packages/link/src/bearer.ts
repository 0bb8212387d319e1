// Compares a Bearer header with the cluster secrets in constant time.
import { hash, timingSafeEqual } from 'node:crypto';

/** Whether the header is `Bearer <one of the secrets>`; digests are compared, so that not even a length leaks. */
export function bearerMatches(header: string | undefined, secrets: readonly string[]): boolean {
  const given = hash('sha256', header ?? '', 'buffer');
  let matches = false;
  for (const secret of secrets) {
    if (timingSafeEqual(given, hash('sha256', `Bearer ${secret}`, 'buffer'))) matches = true;
  }
  return matches;
}
