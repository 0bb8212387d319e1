// The people of a campaign: each with one session, some with the SDK, some with a client of the original; they write down all they see.
import { type ClientStorage, connect, memoryStorage, type PushConnection } from '@message-push/client';
import { backEnd, type RunningCluster } from '@message-push/testkit';
import WebSocket from 'ws';
import type { Random } from '../system/random.ts';

/** A message as it came to a person. Times are epoch milliseconds. */
export interface Sight {
  id: string;
  seq: string;
  at: number;
}

export interface Person {
  uid: string;
  /** `legacy` neither acknowledges nor drops what it has seen before. */
  kind: 'sdk' | 'legacy';
  /** What the application saw, in order. */
  seen: Sight[];
  /** When its socket was lost, with the close code. */
  drops: { at: number; code: number }[];
  /** When a LOGIN succeeded. */
  logins: number[];
}

export interface CrowdOptions {
  cluster: RunningCluster;
  random: Random;
  sdk: number;
  legacy: number;
}

/** Sockets opened at once while the crowd comes in. */
const OPENING = 100;
const LEGACY_RETRY_MS = 1000;
const LOGIN_MS = 60_000;

export class Crowd {
  readonly people: Person[];
  readonly byUid: Map<string, Person>;
  readonly #options: CrowdOptions;
  readonly #connections = new Map<Person, PushConnection>();
  /** What a device keeps while its client is closed. */
  readonly #storage = new Map<Person, ClientStorage>();
  readonly #tokens = new Map<Person, string>();
  #asleep: Person[] = [];
  readonly #sockets = new Set<WebSocket>();
  #leaving = false;

  constructor(options: CrowdOptions) {
    this.#options = options;
    const make = (kind: Person['kind'], count: number) =>
      Array.from({ length: count }, (_, i) => ({ uid: `${kind}-${i}`, kind, seen: [], drops: [], logins: [] }));
    this.people = [...make('sdk', options.sdk), ...make('legacy', options.legacy)];
    this.byUid = new Map(this.people.map((person) => [person.uid, person]));
  }

  /** Resolves when everybody is logged in. */
  async come(): Promise<void> {
    const back = backEnd(this.#options.cluster.run);
    for (let from = 0; from < this.people.length; from += OPENING) {
      const some = this.people.slice(from, from + OPENING);
      await Promise.all(
        some.map(async (person) => {
          const token = await back.token(person.uid);
          this.#tokens.set(person, token);
          if (person.kind === 'sdk') this.#sdk(person, token);
          else this.#legacy(person, token);
        }),
      );
      await this.#until(() => some.every(({ logins }) => logins.length > 0), 'everybody is logged in');
    }
  }

  /** Some of those with the SDK close their client. */
  sleep(count: number): void {
    this.#asleep = this.people.filter(({ kind }) => kind === 'sdk').slice(0, count);
    for (const person of this.#asleep) {
      const connection = this.#connections.get(person);
      this.#connections.delete(person);
      connection?.close();
    }
  }

  /** They open it again, on the same device. */
  wake(): void {
    for (const person of this.#asleep.splice(0)) this.#sdk(person, this.#tokens.get(person) ?? '');
  }

  leave(): void {
    this.#leaving = true;
    for (const connection of this.#connections.values()) connection.close();
    for (const socket of this.#sockets) socket.terminate();
  }

  #gateway(): string {
    return this.#options.random.pick(this.#options.cluster.gateways);
  }

  #sdk(person: Person, token: string): void {
    const { cluster } = this.#options;
    let open = false;
    const storage = this.#storage.get(person) ?? memoryStorage();
    this.#storage.set(person, storage);
    const connection = connect({
      url: () => this.#gateway(),
      appId: cluster.run.demo.app_id,
      uid: person.uid,
      deviceId: `device-${person.uid}`,
      token,
      storage,
      // ws has what the SDK uses of the browser's class
      WebSocket: WebSocket as unknown as typeof globalThis.WebSocket,
      onMessage: ({ message_id = '', seq = '' }) => {
        person.seen.push({ id: message_id, seq, at: Date.now() });
      },
    });
    connection.on('login', () => {
      open = true;
      person.logins.push(Date.now());
    });
    connection.on('state', ({ state }) => {
      if (!open || state === 'open' || this.#leaving || !this.#connections.has(person)) return;
      open = false;
      person.drops.push({ at: Date.now(), code: 0 });
    });
    this.#connections.set(person, connection);
  }

  #legacy(person: Person, token: string): void {
    const { app_id: app } = this.#options.cluster.run.demo;
    const query = `Authorization=${encodeURIComponent(`Bearer pc:${token}`)}&auth-app-id=${app}`;
    const socket = new WebSocket(`${this.#gateway()}?${query}`);
    this.#sockets.add(socket);
    let open = false;
    socket.on('open', () =>
      socket.send(JSON.stringify({ cmd: 'LOGIN', token: '', data: { appKey: app, platform: 'h5' } })),
    );
    socket.on('message', (bytes) => {
      const frame = JSON.parse(String(bytes));
      if (frame.type === 'MESSAGE')
        person.seen.push({ id: frame.data.message_id, seq: frame.data.seq, at: Date.now() });
      if (frame.type !== 'LOGIN' || frame.data.code !== 1) return;
      open = true;
      person.logins.push(Date.now());
    });
    socket.on('error', () => undefined); // a close follows
    socket.on('close', (code) => {
      this.#sockets.delete(socket);
      if (this.#leaving) return;
      if (open) person.drops.push({ at: Date.now(), code });
      setTimeout(() => !this.#leaving && this.#legacy(person, token), this.#options.random.next() * LEGACY_RETRY_MS);
    });
  }

  async #until(done: () => boolean, what: string): Promise<void> {
    const until = Date.now() + LOGIN_MS;
    while (!done()) {
      if (Date.now() > until) throw new Error(`not within ${LOGIN_MS} ms: ${what}`);
      await new Promise((resolve) => setTimeout(resolve, 20));
    }
  }
}
