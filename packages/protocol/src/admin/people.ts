// Operators: sign-in, set-up, their sessions, their management, and the audit of what they did.
import {
  array,
  boolean,
  enum as choice,
  type infer as Infer,
  int,
  nullable,
  object,
  optional,
  string,
  unknown,
} from 'zod';
import { list } from '../lists.ts';
import { because } from '../problems.ts';
import { line, name } from '../texts.ts';
import { ADMIN_LIMITS, EXPORT_FORMATS } from './limits.ts';
import { listFields, range } from './lists.ts';
import { ROLES } from './rights.ts';

const email = name(ADMIN_LIMITS.emailCharsMax);
const password = line(ADMIN_LIMITS.passwordCharsMax);
const PASSWORD_CHARS = { min: ADMIN_LIMITS.passwordCharsMin, max: ADMIN_LIMITS.passwordCharsMax };
const newPassword = password
  .refine((text) => text.length >= PASSWORD_CHARS.min, because('characters', PASSWORD_CHARS))
  .meta({ minLength: PASSWORD_CHARS.min });
const personName = name(ADMIN_LIMITS.nameCharsMax);
const apps = list(name(64), 0, ADMIN_LIMITS.appsMax);

/** POST /admin/v1/session: signs in. The answer sets the cookie. */
export const signInSchema = object({ email, password });
export type SignIn = Infer<typeof signInSchema>;

export const operatorSchema = object({
  id: string(),
  email: string(),
  name: string(),
  role: choice(ROLES),
  must_change_password: boolean().describe('Still has the start password.'),
});
export type OperatorView = Infer<typeof operatorSchema>;

/** Answer of POST and GET /admin/v1/session, and of POST /admin/v1/setup. Times in epoch milliseconds. */
export const operatorSessionSchema = object({
  operator: operatorSchema,
  /** Apps that an `owner` may act for; absent for the other roles, which may see all. */
  apps: optional(array(string())),
  /** The sign-in before this one. */
  last_sign_in: optional(object({ at: int(), ip: string() })),
});
export type OperatorSessionView = Infer<typeof operatorSessionSchema>;

/** POST /admin/v1/session/password: ends the operator's other sessions. WRONG_PASSWORD when `current` is wrong. */
export const passwordChangeSchema = object({ current: password, next: newPassword });
export type PasswordChange = Infer<typeof passwordChangeSchema>;
/** PATCH /admin/v1/session: one's own name. */
export const profileChangeSchema = object({ name: personName });
export type ProfileChange = Infer<typeof profileChangeSchema>;

/** GET /admin/v1/sessions: one's own, last seen first; DELETE /admin/v1/sessions/{id} ends one. */
export const sessionRowSchema = object({
  id: string(),
  created_at: int(),
  last_seen_at: int(),
  ip: string(),
  agent: string(),
  current: boolean(),
});
export type SessionRow = Infer<typeof sessionRowSchema>;

/** GET /admin/v1/setup: whether there is no admin yet. */
export const setupStateSchema = object({ needed: boolean() });
export type SetupState = Infer<typeof setupStateSchema>;
/** POST /admin/v1/setup: makes the first admin, with the one-time code that the api wrote to its log. */
export const setupSchema = object({ code: name(64), email, name: personName, password: newPassword });
export type Setup = Infer<typeof setupSchema>;

/** GET /admin/v1/operators */
export const operatorRowSchema = operatorSchema.extend({
  disabled: boolean(),
  created_at: int(),
  last_seen_at: optional(int()),
  apps: array(string()).describe('Granted; only of role owner.'),
});
export type OperatorRow = Infer<typeof operatorRowSchema>;

/** POST /admin/v1/operators */
export const operatorCreateSchema = object({ email, name: personName, role: choice(ROLES), apps: optional(apps) });
/** PATCH /admin/v1/operators/{id}; the last admin can be neither disabled nor given another role. */
export const operatorChangeSchema = object({
  name: optional(personName),
  role: optional(choice(ROLES)),
  disabled: optional(boolean()),
  apps: optional(apps),
});
/** Answer of POST /admin/v1/operators and of POST /admin/v1/operators/{id}/password: the start password is shown once. */
export const startPasswordSchema = object({ operator: operatorRowSchema, start_password: string() });
export type StartPassword = Infer<typeof startPasswordSchema>;

/** GET /admin/v1/audit and /admin/v1/audit/export?format=csv|ndjson; newest first. */
export const auditQuerySchema = object({
  actor: optional(line(ADMIN_LIMITS.emailCharsMax)),
  action: optional(line(64)).describe('Whole, or its beginning: app. matches app.create.'),
  target: optional(line(256)),
  ...range,
  ...listFields,
});
export type AuditQuery = Infer<typeof auditQuerySchema>;

export const auditRowSchema = object({
  id: string(),
  at: int(),
  actor: string(),
  action: string(),
  target: string(),
  before: nullable(unknown()),
  after: nullable(unknown()),
  ip: string(),
});
export type AuditRow = Infer<typeof auditRowSchema>;

export const exportFormat = { format: choice(EXPORT_FORMATS) };
/** Rows of an export at most. */
export const EXPORT_ROWS_MAX = 100_000;
