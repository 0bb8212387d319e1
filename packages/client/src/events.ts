// What a client tells its application, as typed events without a dependency, for browsers and Node.

export type ConnectionState = 'connecting' | 'open' | 'waiting' | 'closed';

export interface ClientEvents extends Record<string, unknown> {
  state: { state: ConnectionState; retryInMs?: number };
  /** Logged in. `resumed` false: something was evicted or expired meanwhile, fetch what you show anew. */
  login: { sessionId?: string; deviceId: string; resumed: boolean };
  /** The server closed for good: come back with other credentials or not at all. */
  refused: { code: number; reason: string };
  /** Something went wrong that the connection outlives: it is tried on, and the next message still comes. */
  error: { error: unknown };
}

/** Listeners by event name; a listener that throws does not stop the others. */
export class Emitter<Events extends Record<string, unknown>> {
  private readonly listeners = new Map<keyof Events, Set<(event: never) => void>>();

  /** Adds a listener; answers the function that removes it. */
  on<K extends keyof Events>(name: K, listener: (event: Events[K]) => void): () => void {
    const set = this.listeners.get(name) ?? new Set();
    this.listeners.set(name, set.add(listener));
    return () => set.delete(listener);
  }

  emit<K extends keyof Events>(name: K, event: Events[K]): void {
    for (const listener of this.listeners.get(name) ?? []) {
      try {
        (listener as (event: Events[K]) => void)(event); // stored under the name of its own event
      } catch (error) {
        // An application's error must not break the connection, and must not vanish either.
        queueMicrotask(() => {
          throw error;
        });
      }
    }
  }
}
