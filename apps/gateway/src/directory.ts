// Apps as the gateway knows them: remembered, kept fresh by the database's change counter, usable while the database is away.
import type { App, Database, SigningKey } from '@message-push/database';
import { ApiError } from '@message-push/protocol';
import type { Clock, Log } from '@message-push/runtime';
import type { GatewayConfig } from './config.ts';
import type { Session } from './session.ts';

/** An app with its signing keys and its sessions at this gateway. */
export interface KnownApp {
  id: string;
  app: App;
  keys: SigningKey[];
  /** Something has changed since it was read. */
  stale: boolean;
  /** Open sockets of the app. */
  sockets: number;
  /** First session of each uid that is logged in; the others hang on `nextOfUid`. */
  byUid: Map<string, Session>;
}

export interface DirectoryDeps {
  database: Pick<Database, 'apps' | 'keys' | 'changes'>;
  config: GatewayConfig;
  clock: Clock;
  log: Log;
  /** An app with open sockets was read again. */
  onRefreshed(known: KnownApp): void;
}

/** Names that no app answers to are remembered this long, so that guesses do not reach the database. */
const UNKNOWN_MS = 2000;
const UNKNOWN_MAX = 1000;
const LOADS_MAX = 1000;

/**
 * Promises: `find` answers from memory what was true at most `gatewayAppsPollMs` ago while the database lives; while it is away, what was
 * known last.
 */
export class Directory {
  #deps: DirectoryDeps;
  #byName = new Map<string, KnownApp>();
  #byId = new Map<string, KnownApp>();
  #unknown = new Map<string, number>();
  #loads = new Map<string, Promise<KnownApp | undefined>>();
  #changes: number | undefined;
  #timer: NodeJS.Timeout | undefined;
  #polling = false;
  #away = false;

  constructor(deps: DirectoryDeps) {
    this.#deps = deps;
  }

  get size(): number {
    return this.#byId.size;
  }

  start(): void {
    this.#timer = setInterval(() => void this.poll(), this.#deps.config.gatewayAppsPollMs);
    void this.poll();
  }

  stop(): void {
    clearInterval(this.#timer);
  }

  /** The app of an id or alias, when it is remembered and fresh. */
  find(name: string): KnownApp | undefined {
    const known = this.#byName.get(name);
    return known?.stale ? undefined : known;
  }

  /** By id, fresh or not. */
  byId(id: string): KnownApp | undefined {
    return this.#byId.get(id);
  }

  /** The app of an id or alias; undefined when there is none. Rejects with DATABASE_UNAVAILABLE if it is not known and the database is away. */
  async load(name: string): Promise<KnownApp | undefined> {
    const unknownUntil = this.#unknown.get(name);
    if (unknownUntil !== undefined && unknownUntil > this.#deps.clock.now()) return undefined;
    let load = this.#loads.get(name);
    if (load === undefined) {
      if (this.#loads.size >= LOADS_MAX) throw new ApiError('OVERLOADED');
      load = this.#read(name).finally(() => this.#loads.delete(name));
      this.#loads.set(name, load);
    }
    return load;
  }

  /** Reads again what may have changed, once the counter says so. Never rejects. */
  async poll(): Promise<void> {
    if (this.#polling) return;
    this.#polling = true;
    try {
      const changes = await this.#deps.database.changes();
      if (this.#away) this.#deps.log.info('the database is back');
      this.#away = false;
      if (changes !== this.#changes) {
        const first = this.#changes === undefined;
        this.#changes = changes;
        if (!first || this.#byId.size > 0) await this.refresh();
      }
    } catch (cause) {
      if (!this.#away) this.#deps.log.warn({ err: cause }, 'the database is away: known apps go on working');
      this.#away = true;
    } finally {
      this.#polling = false;
    }
  }

  /** Apps with sockets are read again now, the others when they are next asked for. */
  async refresh(id?: string): Promise<void> {
    this.#unknown.clear();
    const all =
      id === undefined ? [...this.#byId.values()] : [this.#byId.get(id)].filter((known) => known !== undefined);
    for (const known of all) known.stale = true;
    // One that cannot be read stays stale and is read when it is next asked for.
    for (const known of all) if (known.sockets > 0) await this.#read(known.id).catch(() => undefined);
  }

  async #read(name: string): Promise<KnownApp | undefined> {
    const { database } = this.#deps;
    const before = this.#changes;
    try {
      const app = await database.apps.resolve(name);
      if (app === undefined) {
        this.#missing(name);
        return undefined;
      }
      const known = this.#remember(app, await database.keys.live(app.id));
      // Something was changed while it was read: it may be old already.
      known.stale = before !== this.#changes;
      return known;
    } catch (cause) {
      // Another alias of a known app may be asked for the first time: then only the database can tell.
      const known = this.#byName.get(name);
      if (known === undefined) throw cause;
      return known;
    }
  }

  #missing(name: string): void {
    const known = this.#byName.get(name);
    if (known !== undefined && known.id === name) {
      // Deleted: as good as disabled for those that are connected.
      known.app = { ...known.app, state: 'disabled' };
      this.#deps.onRefreshed(known);
      this.#forget(known);
    }
    this.#byName.delete(name);
    if (this.#unknown.size >= UNKNOWN_MAX) this.#unknown.clear();
    this.#unknown.set(name, this.#deps.clock.now() + UNKNOWN_MS);
  }

  #remember(app: App, keys: SigningKey[]): KnownApp {
    let known = this.#byId.get(app.id);
    if (known === undefined) {
      this.#makeRoom();
      known = { id: app.id, app, keys, stale: false, sockets: 0, byUid: new Map() };
      this.#byId.set(app.id, known);
    }
    for (const name of known.app.aliases) if (this.#byName.get(name) === known) this.#byName.delete(name);
    known.app = app;
    known.keys = keys;
    known.stale = false;
    for (const name of [app.id, ...app.aliases]) this.#byName.set(name, known);
    if (known.sockets > 0) this.#deps.onRefreshed(known);
    return known;
  }

  /** Drops the app that was remembered longest and has no sockets. */
  #makeRoom(): void {
    if (this.#byId.size < this.#deps.config.gatewayAppsMax) return;
    for (const known of this.#byId.values()) {
      if (known.sockets > 0) continue;
      this.#forget(known);
      return;
    }
  }

  #forget(known: KnownApp): void {
    this.#byId.delete(known.id);
    for (const name of [known.id, ...known.app.aliases])
      if (this.#byName.get(name) === known) this.#byName.delete(name);
  }
}
