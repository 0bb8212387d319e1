// Follows the list of one role: asks every second and when Nacos says that it changed, and keeps what it knows while Nacos is in trouble.
import type { Clock } from '@message-push/runtime';
import type { Registration } from './index.ts';
import type { NacosApi } from './nacos-api.ts';
import { toRegistrations, withMissing } from './nacos-list.ts';

export interface RoleWatchDeps {
  api: Pick<NacosApi, 'list' | 'troubleAt'>;
  role: Registration['role'];
  service: string;
  pollMs: number;
  /** After trouble, nobody is missed before this has gone by without any. */
  holdMs: number;
  /** The one of the api. */
  clock: Clock;
}

type Watcher = (list: Registration[]) => void;

/** However often Nacos says that something changed, it is not asked more often than this. */
const GAP_MS = 50;

/**
 * A server that comes back lists nobody, then some, until all have beaten again. So for a while after any failed call whoever was
 * known and is not listed is kept; whoever is new is told at once.
 */
export class RoleWatch {
  readonly #deps: RoleWatchDeps;
  readonly #watchers = new Set<Watcher>();
  #known: Registration[] | undefined;
  #timer: NodeJS.Timeout | undefined;
  #looking = false;
  #again = false;
  #stopped = false;

  constructor(deps: RoleWatchDeps) {
    this.#deps = deps;
    void this.#look();
  }

  get watched(): boolean {
    return this.#watchers.size > 0;
  }

  add(onList: Watcher): () => void {
    // Each call is a watcher of its own, even with the same function.
    const watcher: Watcher = (list) => onList(list);
    this.#watchers.add(watcher);
    if (this.#known !== undefined) watcher(structuredClone(this.#known));
    return () => this.#watchers.delete(watcher);
  }

  /** Something has changed: looks now. */
  wake(): void {
    if (this.#looking) this.#again = true;
    else if (!this.#stopped) this.#lookIn(GAP_MS);
  }

  stop(): void {
    this.#stopped = true;
    clearTimeout(this.#timer);
    this.#watchers.clear();
  }

  #lookIn(ms: number): void {
    clearTimeout(this.#timer);
    this.#timer = setTimeout(() => void this.#look(), ms);
  }

  async #look(): Promise<void> {
    const { api, role, service, pollMs } = this.#deps;
    this.#looking = true;
    this.#again = false;
    try {
      const list = toRegistrations(role, await api.list(service));
      if (!this.#stopped) this.#take(list);
    } catch {
      // The api has said why. Watchers keep what they have.
    }
    this.#looking = false;
    if (!this.#stopped) this.#lookIn(this.#again ? GAP_MS : pollMs);
  }

  #take(list: Registration[]): void {
    const { api, clock, holdMs } = this.#deps;
    const trusted = clock.now() - api.troubleAt >= holdMs;
    const next = trusted || this.#known === undefined ? list : withMissing(this.#known, list);
    const changed = JSON.stringify(next) !== JSON.stringify(this.#known);
    this.#known = next;
    if (!changed) return;
    for (const watcher of this.#watchers) watcher(structuredClone(next));
  }
}
