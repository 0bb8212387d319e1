// Apps with their settings, credentials and signing keys, as the console shows and changes them.
import {
  array,
  boolean,
  enum as choice,
  type infer as Infer,
  int,
  literal,
  nullable,
  object,
  optional,
  string,
  union,
} from 'zod';
import { list } from '../lists.ts';
import { line, name } from '../texts.ts';
import { APP_LIMITS, TOKEN_KINDS } from './limits.ts';

export const appSettingsSchema = object({
  token_kinds: list(choice(TOKEN_KINDS), 1, TOKEN_KINDS.length),
  passport_url: optional(nullable(line(APP_LIMITS.urlCharsMax))),
  origins: list(line(APP_LIMITS.urlCharsMax), 0, APP_LIMITS.originsMax),
  address_allow_list: list(line(64), 0, APP_LIMITS.addressesMax),
  requests_per_second: int().min(1).max(APP_LIMITS.requestsPerSecondMax),
  deliveries_per_second: int().min(1).max(APP_LIMITS.deliveriesPerSecondMax),
  default_ttl_s: int().min(0).max(APP_LIMITS.ttlMaxS),
  history_retention_days: int().min(1).max(APP_LIMITS.retentionDaysMax),
  private_bodies: boolean(),
});
export type AppSettingsView = Infer<typeof appSettingsSchema>;

/** How often a credential was used; kept in memory by the api, so since its start at most. */
export const credentialUseSchema = object({
  /** Requests in each of the last 60 minutes, the present one last. */
  per_minute: array(int()),
  /** By address, the most used first, at most 10. */
  addresses: array(object({ ip: string(), count: int(), last_at: int() })),
});

export const credentialViewSchema = object({
  id: string(),
  app: string(),
  hint: string().describe('Last four characters of the secret.'),
  /** `grace`: replaced by a rotation, lives until `expires_at`. */
  state: choice(['live', 'grace', 'expired', 'revoked']),
  created_at: int(),
  expires_at: nullable(int()),
  revoked_at: nullable(int()),
  last_used_at: nullable(int()),
  /** Of one in grace without `expires_at`: the credential whose first use gives it an hour to live. */
  until_use_of: optional(string()),
  use: credentialUseSchema,
});
export type CredentialView = Infer<typeof credentialViewSchema>;

/** GET /admin/v1/apps (those the operator may see, oldest first) and /admin/v1/apps/{app} */
export const appViewSchema = object({
  id: string(),
  name: string(),
  aliases: array(string()),
  state: choice(['live', 'disabled']),
  settings: appSettingsSchema,
  created_at: int(),
  created_by: optional(string()),
  /** Newest first, revoked ones too (at most 50). */
  credentials: array(credentialViewSchema),
  /** Messages to people on record of each of the last 24 hours, the present one last; absent while the history is away. */
  pushes_24h: optional(array(int())),
});
export type AppView = Infer<typeof appViewSchema>;

const appId = name(64);
const appName = name(APP_LIMITS.nameCharsMax);
const aliases = list(name(64), 0, APP_LIMITS.aliasesMax);

/** POST /admin/v1/apps; without an id one is made. */
export const appCreateSchema = object({ id: optional(appId), name: appName, aliases: optional(aliases) });
/** PATCH /admin/v1/apps/{app}; `settings` changes only what it names, an optional one given as null is removed. */
export const appChangeSchema = object({
  name: optional(appName),
  aliases: optional(aliases),
  state: optional(choice(['live', 'disabled'])),
  settings: optional(appSettingsSchema.partial()),
});
export type AppChange = Infer<typeof appChangeSchema>;
/** DELETE /admin/v1/apps/{app}: only when disabled (else NOT_DISABLED); `confirm` is the app id. Its history stays until it expires. */
export const confirmSchema = object({ confirm: line(128) });

/** POST /admin/v1/apps/{app}/credentials */
export const credentialIssueSchema = object({
  environment: choice(['live', 'test']).default('live'),
  expires_at: optional(nullable(int().min(0))),
});
/** Answer of an issue and a rotation: the secret is shown here and never again. */
export const newSecretSchema = object({ credential: credentialViewSchema, secret: string() });
export type NewSecret = Infer<typeof newSecretSchema>;

/** POST /admin/v1/apps/{app}/credentials/rotate: how long the old ones go on. `first_use`: until the new one is used, then 1 hour. */
export const rotateSchema = object({
  grace_s: union([int().min(0).max(2_592_000), literal('first_use')]).default(86_400),
  environment: choice(['live', 'test']).default('live'),
});
/** POST /admin/v1/credentials/{id}/revoke; `confirm` = the app id, asked for when it was used within the last 24 hours (CONFIRM). */
export const revokeSchema = object({ confirm: optional(line(64)) });

/** GET /admin/v1/apps/{app}/keys, oldest first; DELETE /admin/v1/apps/{app}/keys/{id} */
export const signingKeyViewSchema = object({ id: string(), created_at: optional(int()) });
export type SigningKeyView = Infer<typeof signingKeyViewSchema>;
/** POST /admin/v1/apps/{app}/keys: without a secret one is made and shown once (base64url). At most two live. */
export const signingKeyCreateSchema = object({
  secret: optional(line(1_024).describe('Base64url of 16 to 512 bytes.')),
});
export const newSigningKeySchema = object({ id: string(), secret: optional(string()) });
export type NewSigningKey = Infer<typeof newSigningKeySchema>;

/** POST /admin/v1/apps/{app}/passport-test: asks the passport of the settings as the gateway would. */
export const passportTestSchema = object({ token: name(4_096), platform: choice(['pc', 'mobile']).default('pc') });
export const passportResultSchema = object({
  ok: boolean(),
  ms: int(),
  uid: optional(string()),
  problem: optional(string()),
});
export type PassportResult = Infer<typeof passportResultSchema>;
