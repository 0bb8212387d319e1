// What a consumer tells of itself: by its word an api knows that deliveries are late, and refuses more in time.

/** What `state.announced('consumer')` holds of each consumer, as JSON. */
export interface ConsumerStats {
  id: string;
  /**
   * Age of the oldest entry on the bus that has not been started, milliseconds; 0 = none waits. What waits for a silent node, or only to
   * be committed, does not count: nobody else waits for it.
   */
  waiting_ms: number;
  /** Entries under way. */
  unsettled: number;
  /** Memory of what was read and is not done, about. */
  read_bytes: number;
}

/** It is told this often, and holds for three times as long. */
export const TELL_EVERY_MS = 1000;
export const HOLDS_MS = 3 * TELL_EVERY_MS;
