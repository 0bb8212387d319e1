// The contract of database: what people administer, and what each call promises.

export type Role = 'viewer' | 'owner' | 'operator' | 'admin';

/** Settings of an app; every field but `passport_url` has a default in `APP_SETTINGS`. */
export interface AppSettings {
  /** Which token kinds its clients may use. */
  token_kinds: ('access' | 'jwt' | 'passport')[];
  passport_url?: string;
  /** Empty: any origin. */
  origins: string[];
  /** Addresses or CIDR ranges of back ends; empty: any. */
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
  /** Other names it answers to, sorted; no two apps share a name. */
  aliases: string[];
  state: 'live' | 'disabled';
  settings: AppSettings;
  created_at: Date;
  /** E-mail of the operator who made it, where one did. */
  created_by?: string;
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
  /** The credential whose first use gives this one `FIRST_USE_GRACE_S` to live; null = none. */
  until_use_of: string | null;
}

/** A signing key of an app for its own JWTs (HS256): 32 bytes unless the app brought its own (16..512). */
export interface SigningKey {
  id: string;
  app: string;
  secret: Uint8Array;
  created_at: Date;
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
  /** To the minute; null = never signed in. */
  last_seen_at: Date | null;
}

/** What an operator brings along at sign-in. */
export interface Origin {
  ip: string;
  agent: string;
}

export interface OperatorSession {
  id: string;
  operator: Operator;
  created_at: Date;
  last_seen_at: Date;
  ip: string;
  agent: string;
  /** The sign-in before this one, where there was one. */
  before?: { at: Date; ip: string };
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

/** Part of the settings; an optional one given as undefined is removed. */
export type SettingsChange = { [K in keyof AppSettings]?: AppSettings[K] | undefined };

export interface Apps {
  /** Without an id: 16 random characters. */
  create(input: {
    id?: string;
    name: string;
    aliases?: string[];
    settings?: SettingsChange;
    created_by?: string;
  }): Promise<App>;
  get(id: string): Promise<App | undefined>;
  /** By id or alias. */
  resolve(idOrAlias: string): Promise<App | undefined>;
  /** Oldest first. */
  list(): Promise<App[]>;
  /** `aliases` replaces all of them; `settings` changes only what it names. */
  update(
    id: string,
    change: { name?: string; aliases?: string[]; state?: App['state']; settings?: SettingsChange },
  ): Promise<App>;
  /** With its credentials, signing keys and grants. NOT_DISABLED while it is live. */
  remove(id: string): Promise<App>;
}

export interface Credentials {
  /** The secret is answered here and never again: `ps_live_…` or `ps_test_…` (see secrets.ts). */
  issue(
    app: string,
    options?: { expires_at?: Date; environment?: 'live' | 'test' },
  ): Promise<{ credential: Credential; secret: string }>;
  /** Takes over an existing pair of the original (any text of 8..128 characters as secret). Repeated: answers the same credential; TAKEN when it was revoked. */
  import(app: string, secret: string): Promise<Credential>;
  /**
   * Issues a new one of the environment (default live); the others expire after the grace time. 0: they are revoked in the same step.
   * `first_use`: they live until `used` tells of the new one, and `FIRST_USE_GRACE_S` more.
   */
  rotate(
    app: string,
    graceS: number | 'first_use',
    environment?: 'live' | 'test',
  ): Promise<{ credential: Credential; secret: string }>;
  revoke(id: string): Promise<Credential>;
  get(id: string): Promise<Credential | undefined>;
  /** Newest first, revoked ones too. */
  list(app: string): Promise<Credential[]>;
  /** A right secret that was made with an older pepper is stored anew with the first. */
  check(app: string, secret: string, now: Date): Promise<CredentialCheck>;
  /** Batched by the caller. Never moves a last use back. Counts as a change only when it is a first use that others wait for. */
  used(uses: { id: string; at: Date }[]): Promise<void>;
}

export interface Keys {
  /** HS256 keys of an app, at most two live, oldest first. */
  live(app: string): Promise<SigningKey[]>;
  add(app: string, secret?: Uint8Array): Promise<SigningKey>;
  remove(id: string): Promise<void>;
}

export interface Operators {
  create(input: {
    email: string;
    name: string;
    role: Role;
    password: string;
    must_change_password: boolean;
  }): Promise<Operator>;
  /** As `create`, an admin, while there is no admin who is not disabled: of several at once one succeeds. FORBIDDEN otherwise. */
  createFirst(input: { email: string; name: string; password: string }): Promise<Operator>;
  /** Whether there is an admin who is not disabled. */
  hasAdmin(): Promise<boolean>;
  get(id: string): Promise<Operator | undefined>;
  list(): Promise<Operator[]>;
  /** Disabling one ends their sessions. LAST_ADMIN when no admin who is not disabled would be left. */
  update(id: string, change: { name?: string; role?: Role; disabled?: boolean }): Promise<Operator>;
  /** Compares the password in constant time, also for unknown names. */
  signIn(
    email: string,
    password: string,
    from: Origin,
  ): Promise<{ token: string; session: OperatorSession } | undefined>;
  /** Undefined when it was idle or lived too long, or its operator is disabled. */
  session(token: string): Promise<OperatorSession | undefined>;
  signOut(token: string): Promise<void>;
  /** Sessions of an operator, last seen first. */
  sessions(operator: string): Promise<OperatorSession[]>;
  endSession(id: string): Promise<void>;
  /** Compares in constant time. */
  isPassword(id: string, password: string): Promise<boolean>;
  /** Ends all sessions of the operator but `keepSession`. */
  setPassword(id: string, password: string, must_change_password: boolean, keepSession?: string): Promise<void>;
  /** Apps that an operator of role `owner` may act for. */
  grants(operator: string): Promise<string[]>;
  /** Replaces all grants. */
  setGrants(operator: string, apps: string[]): Promise<void>;
}

export interface Audit {
  /** Values under a name like secret, token or password are replaced before they are stored. */
  add(record: Omit<AuditRecord, 'id' | 'at'>): Promise<void>;
  /** Newest first. */
  list(
    page: { limit: number; cursor?: string | undefined },
    filter?: AuditFilter,
  ): Promise<{ items: AuditRecord[]; cursor?: string }>;
}

/** All given clauses hold at once; `action` and `target` match from their beginning. `from` inclusive, `to` exclusive. */
export interface AuditFilter {
  actor?: string | undefined;
  action?: string | undefined;
  target?: string | undefined;
  from?: Date | undefined;
  to?: Date | undefined;
}

/** Changes with an Idempotency-Key, kept for 24 hours per operator. Answers are encrypted at rest, as signing keys are. */
export interface Requests {
  /**
   * Claims the key, or says what it was claimed for: IDEMPOTENCY_MISMATCH when that was something else, IN_PROGRESS while it is under way
   * (a minute at most: who began it is gone then). `answer` is that of the first request; absent = it is this caller's to carry out.
   */
  begin(operator: string, key: string, fingerprint: string): Promise<{ answer?: string }>;
  /** The answer from now on; undefined = nothing was done, the key is free again. */
  finish(operator: string, key: string, answer: string | undefined): Promise<void>;
}

/** Where a dead letter is: the identity of its log, and its place there. */
export interface DeadLetterPlace {
  log: string;
  partition: number;
  offset: number;
}

export interface DeadLetterDecision extends DeadLetterPlace {
  action: 'replayed' | 'dismissed';
  /** Operator e-mail. */
  by: string;
  at: Date;
}

export interface DeadLetters {
  /** TAKEN when there is a decision already: of several at once one succeeds. */
  decide(place: DeadLetterPlace, action: DeadLetterDecision['action'], by: string): Promise<DeadLetterDecision>;
  /** Takes the decision back: it could not be carried out. */
  undo(place: DeadLetterPlace): Promise<void>;
  /** Of these places, in any order; those without one are left out. At most 1,000. */
  decisions(places: DeadLetterPlace[]): Promise<DeadLetterDecision[]>;
  /** Decisions about letters of this log whose offset is at least `from` of their partition (0 where none is given). */
  count(log: string, from: number[]): Promise<number>;
}

/**
 * Promises: a resolved mutation is committed. Every call rejects with ApiError: DATABASE_UNAVAILABLE when the database is
 * away (a mutation may have been carried out), NOT_FOUND, TAKEN or INVALID_BODY naming the field.
 * Secrets are shown once, by the call that makes them; what is stored is their HMAC-SHA-256 with the pepper.
 */
export interface Database {
  apps: Apps;
  credentials: Credentials;
  keys: Keys;
  operators: Operators;
  audit: Audit;
  requests: Requests;
  deadLetters: DeadLetters;
  /**
   * A number that is another one after each committed change to apps, aliases, credentials or signing keys, whoever made
   * it, also another process. Read it before reading what is cached; when a later answer differs (in either direction: a
   * backup may have been put back), what was cached before is outdated. Made for polling: one look-up of one row.
   */
  changes(): Promise<number>;
  ping(): Promise<void>;
  close(): Promise<void>;
}
