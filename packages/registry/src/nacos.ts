// The registry on Nacos: each process beats for itself, watchers ask and are woken, and while Nacos is away nobody hears anything.
import type { Clock } from '@message-push/runtime';
import type { Registration, Registry, RegistryDeps } from './index.ts';
import { NacosApi, type NacosApiOptions } from './nacos-api.ts';
import { Heart } from './nacos-heart.ts';
import { SERVICE_GROUP } from './nacos-list.ts';
import { hearPushes, type Pushes } from './nacos-push.ts';
import { RoleWatch } from './nacos-watch.ts';

export interface NacosOptions extends NacosApiOptions {
  /** Services are named `<prefix>-<role>`. */
  prefix: string;
  beatMs: number;
  pollMs: number;
  /** Longer than three beats. */
  holdMs: number;
}

/** For pauses and ages: the system's clock may be set back. */
const steady: Clock = { now: () => performance.now() };

export function createNacosRegistry(options: NacosOptions, deps: RegistryDeps): Registry {
  return new NacosRegistry(options, deps);
}

/**
 * `register` does not wait for a server that is away: it resolves after one try, every beat tries again, and `ping` says what is
 * missing. Only this process's own registrations can be taken back.
 */
class NacosRegistry implements Registry {
  readonly #options: NacosOptions;
  readonly #deps: RegistryDeps;
  readonly #api: NacosApi;
  /** By role and id. */
  readonly #hearts = new Map<string, Heart>();
  readonly #leaving = new Map<string, Promise<void>>();
  readonly #watches = new Map<Registration['role'], RoleWatch>();
  /** Roles whose changes the SDK reports. */
  readonly #subscribed = new Set<Registration['role']>();
  #pushes: Promise<Pushes | undefined> | undefined;
  #closed = false;

  constructor(options: NacosOptions, deps: RegistryDeps) {
    this.#options = options;
    this.#deps = deps;
    this.#api = new NacosApi(options, { ...deps, clock: steady });
  }

  async register(given: Registration): Promise<void> {
    const registration = structuredClone(given);
    const key = keyOf(registration);
    await this.#leaving.get(key);
    if (this.#closed) throw new Error('the registry is closed');
    const beating = this.#hearts.get(key);
    if (beating !== undefined) return beating.update(registration);
    const { beatMs } = this.#options;
    const service = this.#service(registration.role);
    const heart = new Heart({ ...this.#deps, api: this.#api, service, beatMs }, registration);
    this.#hearts.set(key, heart);
    try {
      await heart.start();
    } catch (cause) {
      this.#hearts.delete(key);
      await heart.stop();
      throw cause;
    }
  }

  async deregister(registration: Registration): Promise<void> {
    const key = keyOf(registration);
    const heart = this.#hearts.get(key);
    if (heart?.registration.incarnation !== registration.incarnation) return this.#leaving.get(key);
    this.#hearts.delete(key);
    const leaving = heart.leave();
    const left = leaving.catch(() => {}).finally(() => this.#leaving.delete(key));
    this.#leaving.set(key, left);
    await leaving;
  }

  watch(role: Registration['role'], onList: (list: Registration[]) => void): () => void {
    const watch = this.#watches.get(role) ?? this.#follow(role);
    const stop = watch.add(onList);
    return () => {
      stop();
      if (watch.watched || this.#watches.get(role) !== watch) return;
      watch.stop();
      this.#watches.delete(role);
    };
  }

  async ping(): Promise<void> {
    await this.#api.list(this.#service('node'));
    for (const { problem, registration } of this.#hearts.values()) {
      if (problem !== undefined)
        throw new Error(`the ${registration.role} ${registration.id} is not registered: ${problem}`);
    }
  }

  async close(): Promise<void> {
    this.#closed = true;
    for (const watch of this.#watches.values()) watch.stop();
    this.#watches.clear();
    await Promise.all([...this.#hearts.values()].map((heart) => heart.stop()));
    await Promise.all(this.#leaving.values());
    const pushes = await this.#pushes;
    await pushes?.close();
    this.#api.close();
  }

  #follow(role: Registration['role']): RoleWatch {
    const service = this.#service(role);
    const watch = new RoleWatch({ ...this.#options, clock: steady, api: this.#api, role, service });
    this.#watches.set(role, watch);
    if (!this.#subscribed.has(role)) void this.#subscribe(role);
    return watch;
  }

  /** For as long as the registry is open: the SDK goes on asking for a service that nobody subscribes to any more. */
  async #subscribe(role: Registration['role']): Promise<void> {
    this.#subscribed.add(role);
    const { log } = this.#deps;
    this.#pushes ??= hearPushes(this.#api, log).catch((cause: unknown) => {
      log.warn({ err: cause }, 'no pushes from the registry: it is asked every second');
      return undefined;
    });
    const pushes = await this.#pushes;
    if (!this.#closed) pushes?.subscribe(this.#service(role), () => this.#watches.get(role)?.wake());
  }

  #service(role: Registration['role']): string {
    return `${SERVICE_GROUP}${this.#options.prefix}-${role}`;
  }
}

function keyOf({ role, id }: Registration): string {
  return `${role} ${id}`;
}
