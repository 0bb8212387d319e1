// database: what people administer: apps with aliases and settings, credentials, operators with sessions, audit.

export type Role = 'viewer' | 'owner' | 'operator' | 'admin';

/** Settings of an app; every field has a default in `APP_SETTINGS`. */
export interface AppSettings {
  /** Which token kinds its clients may use. */
  token_kinds: ('access' | 'jwt' | 'passport')[];
  passport_url?: string;
  origins: string[];
  address_allow_list: string[];
  requests_per_second: number;
  deliveries_per_second: number;
  default_ttl_s: number;
  history_retention_days: number;
  private_bodies: boolean;
}

export interface App {
  id: string;
  name: string;
  aliases: string[];
  state: 'live' | 'disabled';
  settings: AppSettings;
  created_at: Date;
}

export interface Credential {
  id: string;
  app: string;
  /** Last four characters of the secret, for recognition. */
  hint: string;
  state: 'live' | 'grace' | 'revoked';
  created_at: Date;
  expires_at: Date | null;
  revoked_at: Date | null;
  last_used_at: Date | null;
}

/** A signing key of an app for its own JWTs (HS256), 32 bytes; or the platform's own for access tokens. */
export interface SigningKey {
  id: string;
  app: string;
  secret: Uint8Array;
}

export interface Operator {
  id: string;
  email: string;
  name: string;
  role: Role;
  /** Still has the start password. */
  must_change_password: boolean;
  disabled: boolean;
  created_at: Date;
}

export interface OperatorSession {
  id: string;
  operator: Operator;
  created_at: Date;
  last_seen_at: Date;
  ip: string;
  agent: string;
}

export interface AuditRecord {
  id: string;
  at: Date;
  /** Operator e-mail, or `cli`. */
  actor: string;
  action: string;
  target: string;
  before: unknown;
  after: unknown;
  ip: string;
}

/** Why a credential was refused; the caller sees only INVALID_AUTHORIZATION. */
export type CredentialCheck =
  | { ok: true; app: App; credential: Credential }
  | { ok: false; reason: 'unknown' | 'wrong' | 'revoked' | 'expired' | 'disabled' };

/**
 * Promises: a resolved mutation is committed. Every call rejects with ApiError DATABASE_UNAVAILABLE when the database is away.
 * Secrets are shown once, by the call that makes them; what is stored is their HMAC-SHA-256 with the pepper.
 */
export interface Database {
  apps: {
    create(input: { id?: string; name: string; aliases?: string[]; settings?: Partial<AppSettings> }): Promise<App>;
    get(id: string): Promise<App | undefined>;
    /** By id or alias. */
    resolve(idOrAlias: string): Promise<App | undefined>;
    list(): Promise<App[]>;
    update(
      id: string,
      change: { name?: string; aliases?: string[]; state?: App['state']; settings?: Partial<AppSettings> },
    ): Promise<App>;
  };
  credentials: {
    /** The secret is answered here and never again. */
    issue(app: string, options?: { expires_at?: Date }): Promise<{ credential: Credential; secret: string }>;
    /** Takes over an existing pair of the original (any text of 8..128 characters as secret). */
    import(app: string, secret: string): Promise<Credential>;
    /** Issues a new one; the others expire after the grace time. */
    rotate(app: string, graceS: number): Promise<{ credential: Credential; secret: string }>;
    revoke(id: string): Promise<Credential>;
    list(app: string): Promise<Credential[]>;
    check(app: string, secret: string, now: Date): Promise<CredentialCheck>;
    /** Batched by the caller. */
    used(uses: { id: string; at: Date }[]): Promise<void>;
  };
  keys: {
    /** HS256 keys of an app, at most two live. */
    live(app: string): Promise<SigningKey[]>;
    add(app: string, secret?: Uint8Array): Promise<SigningKey>;
    remove(id: string): Promise<void>;
  };
  operators: {
    create(input: {
      email: string;
      name: string;
      role: Role;
      password: string;
      must_change_password: boolean;
    }): Promise<Operator>;
    list(): Promise<Operator[]>;
    /** Compares the password in constant time, also for unknown names. */
    signIn(
      email: string,
      password: string,
      from: { ip: string; agent: string },
    ): Promise<{ token: string; session: OperatorSession } | undefined>;
    session(token: string): Promise<OperatorSession | undefined>;
    signOut(token: string): Promise<void>;
    setPassword(id: string, password: string, must_change_password: boolean): Promise<void>;
  };
  audit: {
    add(record: Omit<AuditRecord, 'id' | 'at'>): Promise<void>;
    list(page: { limit: number; cursor?: string }): Promise<{ items: AuditRecord[]; cursor?: string }>;
  };
  ping(): Promise<void>;
  close(): Promise<void>;
}
