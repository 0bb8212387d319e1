// The registries without a server: one for the applications of a single process, one for a list that never changes.
import type { Registration, Registry } from './index.ts';

/** Introduces the applications of this process to each other; they share the object. */
export function createEmbeddedRegistry(): Registry {
  return new Introductions([]);
}

/**
 * Answers the listed processes, whether they live or not. A process that registers adds what the list cannot know (incarnation,
 * metadata) for watchers of its own process, and goes back to its listed form when it leaves. A node must be listed.
 */
export function createStaticRegistry(list: Registration[]): Registry {
  return new Introductions(list, true);
}

type Watcher = (list: Registration[]) => void;

class Introductions implements Registry {
  /** By role and id. */
  readonly #listed = new Map<string, Registration>();
  readonly #known = new Map<string, Registration>();
  readonly #watchers = new Map<Registration['role'], Set<Watcher>>();
  readonly #nodesListed: boolean;

  constructor(listed: Registration[], nodesListed = false) {
    for (const registration of listed) this.#listed.set(keyOf(registration), registration);
    for (const [key, registration] of this.#listed) this.#known.set(key, registration);
    this.#nodesListed = nodesListed;
  }

  async register(registration: Registration): Promise<void> {
    const { role, id } = registration;
    if (this.#nodesListed && role === 'node' && !this.#listed.has(keyOf(registration)))
      throw new Error(`the node ${id} is not in REGISTRY_STATIC: nobody would find it`);
    this.#known.set(keyOf(registration), structuredClone(registration));
    this.#tell(role);
  }

  async deregister(registration: Registration): Promise<void> {
    const key = keyOf(registration);
    if (this.#known.get(key)?.incarnation !== registration.incarnation) return;
    const listed = this.#listed.get(key);
    if (listed) this.#known.set(key, listed);
    else this.#known.delete(key);
    this.#tell(registration.role);
  }

  watch(role: Registration['role'], onList: Watcher): () => void {
    const watchers = this.#watchers.get(role) ?? new Set();
    this.#watchers.set(role, watchers);
    // Each call of `watch` is a watcher of its own, even with the same function.
    const watcher: Watcher = (list) => onList(list);
    watchers.add(watcher);
    watcher(this.#list(role));
    return () => watchers.delete(watcher);
  }

  async ping(): Promise<void> {}

  async close(): Promise<void> {
    this.#watchers.clear();
  }

  #list(role: Registration['role']): Registration[] {
    return structuredClone([...this.#known.values()].filter((known) => known.role === role));
  }

  #tell(role: Registration['role']): void {
    for (const watcher of this.#watchers.get(role) ?? []) watcher(this.#list(role));
  }
}

function keyOf({ role, id }: Registration): string {
  return `${role} ${id}`;
}
