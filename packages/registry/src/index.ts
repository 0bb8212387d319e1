// registry: introduces processes to each other. A hint, never a verdict: absence from a listing convicts nobody.

export interface Registration {
  role: 'node' | 'gateway' | 'consumer' | 'api';
  id: string;
  incarnation: string;
  /** host:port other processes reach it at. */
  address: string;
  /** Weight on the ring (nodes). */
  weight: number;
  metadata: Record<string, string>;
}

/**
 * Promises: after `register` resolved, every watcher hears of it within seconds while the registry lives. Watchers get the whole list each
 * time, never a difference; while the registry is away they hear nothing and keep what they have. Lists can be stale or partial.
 */
export interface Registry {
  register(registration: Registration): Promise<void>;
  deregister(registration: Registration): Promise<void>;
  /** Calls back at once with what is known, then with each change. Answers the function that stops it. */
  watch(role: Registration['role'], onList: (list: Registration[]) => void): () => void;
  ping(): Promise<void>;
  close(): Promise<void>;
}
