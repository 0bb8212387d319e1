// Retention: what is older than the configured days leaves the history, looked at once an hour.
import type { Archive } from '@message-push/archive';
import type { Clock, Log } from '@message-push/runtime';

const DAY_MS = 86_400_000;
const EVERY_MS = 3_600_000;

/** Starts it; answers the function that ends it. An archive that is away is asked again in an hour. */
export function startRetention(deps: {
  archive: Pick<Archive, 'retain'>;
  clock: Clock;
  log: Log;
  days: number;
}): () => void {
  const { archive, clock, log, days } = deps;
  const retain = async () => {
    try {
      const removed = await archive.retain(clock.now() - days * DAY_MS);
      if (removed > 0) log.info({ removed, days }, 'old pushes left the history');
    } catch (error) {
      log.warn({ err: error }, 'the history could not be cleaned up');
    }
  };
  const timer = setInterval(retain, EVERY_MS);
  void retain();
  return () => clearInterval(timer);
}
