// Who calls: checks HTTP Basic credentials with a bounded memory of good ones that a revocation empties within a second.
import { hash } from 'node:crypto';
import { BlockList, isIP } from 'node:net';
import type { App, Credential, Database } from '@message-push/database';
import { ApiError } from '@message-push/protocol';
import { type Clock, counter, gauge, type Log, type Metrics } from '@message-push/runtime';
import type { Revocation } from '@message-push/state';
import { Attempts, originOf, plainAddress } from './attempts.ts';
import type { ApiConfig } from './config.ts';
import { type CredentialUse, CredentialUses } from './credential-uses.ts';

export interface AuthenticatorDeps {
  config: ApiConfig;
  database: Database;
  clock: Clock;
  random(size: number): Uint8Array;
  log: Log;
  metrics: Metrics;
  id: string;
}

/** An authenticated app. */
export interface Caller {
  readonly app: App;
  readonly credentialId: string;
}

interface Known extends Caller {
  /** Where it may call from; undefined = from everywhere. */
  allowed: BlockList | undefined;
  checkedAt: number;
  /** Epoch milliseconds. */
  expiresAt: number;
}

/** appId, then everything behind the first colon. */
const PAIR = /^([A-Za-z0-9_-]{1,64}):([^\0]{1,256})$/s;
const SCHEME = /^basic +([A-Za-z0-9+/=_-]{1,512})$/i;
const REFUSED_MAX = 10_000;
const USES_MAX = 10_000;
const REREAD_APPS_MAX = 100;

export class Authenticator {
  readonly #deps: AuthenticatorDeps;
  /** Keyed by a salted SHA-256 of the header: the secret itself is kept nowhere. */
  readonly #known = new Map<string, Known>();
  readonly #refused = new Map<string, number>();
  readonly #checking = new Map<string, Promise<Known>>();
  /** Last uses that are not stored yet. */
  readonly #uses = new Map<string, Date>();
  readonly #counted = new CredentialUses();
  readonly #salt: string;
  readonly #attempts: Attempts;
  readonly #checks;
  readonly #size;
  /** Grows with everything that may have made a known credential wrong. */
  #revision = 0;
  /** Since when the database is known to say something else, but could not be read. */
  #outdatedSince: number | undefined;
  #revocationsSeenAt = Number.NEGATIVE_INFINITY;

  constructor(deps: AuthenticatorDeps) {
    this.#deps = deps;
    this.#salt = Buffer.from(deps.random(32)).toString('base64');
    this.#attempts = new Attempts(deps.config.refusalsPerMinute);
    this.#checks = counter(deps.metrics, 'mp_api_credential_checks_total', 'Look-ups of credentials.', [
      'id',
      'result',
    ]);
    this.#size = gauge(deps.metrics, 'mp_api_credentials_cached', 'Remembered credentials.', ['id']);
  }

  /** The caller if it is known (hot path, 2 µs), undefined if it must be checked. Throws ADDRESS_NOT_ALLOWED. */
  known(header: string | undefined, address: string): Caller | undefined {
    if (header === undefined) return undefined;
    const key = this.#key(header);
    const known = this.#known.get(key);
    const now = this.#deps.clock.now();
    if (known === undefined || now >= known.expiresAt) return undefined;
    const { credentialFreshMs } = this.#deps.config;
    if (this.#outdatedSince !== undefined && now - this.#outdatedSince >= credentialFreshMs) return undefined;
    if (now - known.checkedAt >= credentialFreshMs) {
      // Believed on while revocations reach us, and checked anew meanwhile; a database that is away changes nothing.
      if (now - this.#revocationsSeenAt >= credentialFreshMs) return undefined;
      void this.#check(key, header).catch(() => {});
    }
    admit(known, address);
    this.#use(known.credentialId, address, now);
    return known;
  }

  /** Checks a credential. Throws INVALID_AUTHORIZATION, ADDRESS_NOT_ALLOWED, RATE_LIMITED or DATABASE_UNAVAILABLE. */
  async check(header: string | undefined, address: string): Promise<Caller> {
    if (header === undefined || basicPair(header) === undefined) throw new ApiError('INVALID_AUTHORIZATION');
    const { clock } = this.#deps;
    const key = this.#key(header);
    if ((this.#refused.get(key) ?? 0) > clock.now()) throw new ApiError('INVALID_AUTHORIZATION');
    const origin = originOf(address);
    this.#mayTry(origin);
    try {
      const known = await this.#check(key, header);
      admit(known, address);
      this.#use(known.credentialId, address, clock.now());
      return known;
    } catch (error) {
      if (error instanceof ApiError && error.code === 'INVALID_AUTHORIZATION')
        this.#attempts.failed(origin, clock.now());
      throw error;
    }
  }

  /**
   * The database changed: what is known is read anew, without the secrets. Rejects with DATABASE_UNAVAILABLE, and must be called again
   * then; what is known is believed no longer than `credentialFreshMs` meanwhile.
   */
  async databaseChanged(): Promise<void> {
    this.#revision++;
    this.#outdatedSince ??= this.#deps.clock.now();
    const apps = new Set([...this.#known.values()].map(({ app }) => app.id));
    // So many are left to their next request.
    if (apps.size > REREAD_APPS_MAX) this.#known.clear();
    else for (const app of apps) await this.#readAgain(app);
    this.#outdatedSince = undefined;
    this.#size.set({ id: this.#deps.id }, this.#known.size);
  }

  async #readAgain(id: string): Promise<void> {
    const { apps, credentials } = this.#deps.database;
    const [app, issued] = await Promise.all([apps.get(id), credentials.list(id)]);
    for (const [key, known] of this.#known) {
      if (known.app.id !== id) continue;
      const credential = issued.find((one) => one.id === known.credentialId);
      const lives = app?.state === 'live' && credential !== undefined && credential.state !== 'revoked';
      if (lives) this.#known.set(key, asKnown(app, credential, known.checkedAt));
      else this.#known.delete(key);
    }
  }

  revoked(revocation: Revocation): void {
    if (revocation.kind !== 'credential' && revocation.kind !== 'app') return;
    this.#revision++;
    for (const [key, { app, credentialId }] of this.#known) {
      const meant = revocation.kind === 'app' ? app.id === revocation.app : credentialId === revocation.credential_id;
      if (meant) this.#known.delete(key);
    }
    this.#size.set({ id: this.#deps.id }, this.#known.size);
  }

  /** All revocations up to `at` (epoch milliseconds) have been told to `revoked`. */
  revocationsSeen(at: number): void {
    this.#revocationsSeenAt = at;
  }

  /** How it was used of late, as far as this process saw it. */
  useOf(credentialId: string): CredentialUse {
    return this.#counted.of(credentialId, this.#deps.clock.now());
  }

  /** Stores the last uses; what could not be stored is tried again next time. */
  async storeUses(): Promise<void> {
    if (this.#uses.size === 0) return;
    const uses = [...this.#uses];
    this.#uses.clear();
    try {
      await this.#deps.database.credentials.used(uses.map(([id, at]) => ({ id, at })));
    } catch (error) {
      for (const [id, at] of uses) if (!this.#uses.has(id) && this.#uses.size < USES_MAX) this.#uses.set(id, at);
      this.#deps.log.warn({ err: error }, 'last use of credentials was not stored');
    }
  }

  #key(header: string): string {
    return hash('sha256', this.#salt + header, 'base64');
  }

  #mayTry(origin: string): void {
    const waitS = this.#attempts.waitS(origin, this.#deps.clock.now());
    if (waitS === 0) return;
    const params = { what: 'refused credentials a minute', limit: String(this.#deps.config.refusalsPerMinute) };
    throw new ApiError('RATE_LIMITED', { params, retryAfterS: waitS });
  }

  /** Requests with the same credential wait for one look-up. */
  #check(key: string, header: string): Promise<Known> {
    const checking = this.#checking.get(key);
    if (checking !== undefined) return checking;
    const check = this.#lookUp(key, header).finally(() => this.#checking.delete(key));
    this.#checking.set(key, check);
    return check;
  }

  async #lookUp(key: string, header: string): Promise<Known> {
    const { database, clock, id, log } = this.#deps;
    const pair = basicPair(header);
    if (pair === undefined) throw new ApiError('INVALID_AUTHORIZATION');
    const revision = this.#revision;
    const now = clock.now();
    const result = await database.credentials.check(pair.app, pair.secret, new Date(now));
    this.#checks.inc({ id, result: result.ok ? 'ok' : result.reason });
    if (!result.ok) {
      this.#known.delete(key);
      this.#refuse(key, now);
      log.info({ app: pair.app, reason: result.reason }, 'credential refused');
      throw new ApiError('INVALID_AUTHORIZATION');
    }
    const known = asKnown(result.app, result.credential, now);
    // A revocation that came while the database was read may be newer than what was read.
    if (revision === this.#revision) this.#remember(key, known);
    return known;
  }

  #remember(key: string, known: Known): void {
    this.#known.delete(key);
    evict(this.#known, this.#deps.config.credentialsCachedMax);
    this.#known.set(key, known);
    this.#size.set({ id: this.#deps.id }, this.#known.size);
  }

  #refuse(key: string, now: number): void {
    this.#refused.delete(key);
    evict(this.#refused, REFUSED_MAX);
    this.#refused.set(key, now + this.#deps.config.credentialRefusedMs);
  }

  #use(credentialId: string, address: string, now: number): void {
    this.#counted.note(credentialId, address, now);
    const use = this.#uses.get(credentialId);
    if (use !== undefined) use.setTime(now);
    else if (this.#uses.size < USES_MAX) this.#uses.set(credentialId, new Date(now));
  }
}

/** The pair of a Basic header, undefined when it is none. */
export function basicPair(header: string): { app: string; secret: string } | undefined {
  const encoded = SCHEME.exec(header.trim())?.[1];
  const pair = encoded === undefined ? null : PAIR.exec(Buffer.from(encoded, 'base64').toString());
  const [, app, secret] = pair ?? [];
  return app === undefined || secret === undefined ? undefined : { app, secret };
}

function asKnown(app: App, credential: Credential, now: number): Known {
  return {
    app,
    credentialId: credential.id,
    allowed: addressList(app.settings.address_allow_list),
    checkedAt: now,
    expiresAt: credential.expires_at?.getTime() ?? Number.POSITIVE_INFINITY,
  };
}

function admit(known: Known, address: string): void {
  if (known.allowed === undefined) return;
  const plain = plainAddress(address);
  if (!known.allowed.check(plain, isIP(plain) === 6 ? 'ipv6' : 'ipv4')) throw new ApiError('ADDRESS_NOT_ALLOWED');
}

/** The list of addresses and networks (`10.0.0.0/8`) as a matcher; an entry that is neither matches nothing. */
export function addressList(entries: string[]): BlockList | undefined {
  if (entries.length === 0) return undefined;
  const list = new BlockList();
  for (const entry of entries) {
    const [address = '', bits] = entry.trim().split('/');
    const family = isIP(address) === 6 ? 'ipv6' : 'ipv4';
    const width = family === 'ipv6' ? 128 : 32;
    const prefix = bits === undefined ? width : Number(bits);
    if (isIP(address) === 0 || !Number.isInteger(prefix) || prefix < 0 || prefix > width) continue;
    list.addSubnet(address, prefix, family);
  }
  return list;
}

function evict<V>(map: Map<string, V>, max: number): void {
  if (map.size < max) return;
  const [oldest] = map.keys();
  if (oldest !== undefined) map.delete(oldest);
}
