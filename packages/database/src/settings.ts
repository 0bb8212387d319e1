// Settings of an app: their bounds and defaults, and how they are stored (only what differs from the default).
import { ApiError } from '@message-push/protocol';
import { z } from 'zod';
import { DatabaseProblem } from './errors.ts';
import type { AppSettings, SettingsChange } from './types.ts';

export const APP_SETTINGS: AppSettings = {
  token_kinds: ['access', 'jwt', 'passport'],
  origins: [],
  address_allow_list: [],
  requests_per_second: 1_000,
  deliveries_per_second: 100_000,
  default_ttl_s: 86_400,
  history_retention_days: 30,
  private_bodies: false,
};

const whole = (min: number, max: number) => z.number().int().min(min).max(max);
const cidr = z.union([z.ipv4(), z.ipv6(), z.cidrv4(), z.cidrv6()], {
  error: 'is not an address or a range like 10.0.0.0/8',
});

const settingsSchema = z.strictObject({
  token_kinds: z.array(z.enum(['access', 'jwt', 'passport'])).max(3),
  passport_url: z
    .url({ protocol: /^https?$/ })
    .max(2_048)
    .optional(),
  origins: z.array(z.string().min(1).max(256)).max(100),
  address_allow_list: z.array(cidr).max(100),
  requests_per_second: whole(1, 1_000_000),
  deliveries_per_second: whole(1, 100_000_000),
  default_ttl_s: whole(0, 2_592_000),
  history_retention_days: whole(1, 3_650),
  private_bodies: z.boolean(),
}) satisfies z.ZodType<unknown>;

/** Settings as stored, with the defaults filled in. Settings that no longer fit are an incident, never a default: an unread allow-list would let everybody in. */
export function readSettings(app: string, stored: unknown): AppSettings {
  const result = settingsSchema.safeParse({ ...APP_SETTINGS, ...z.record(z.string(), z.unknown()).parse(stored) });
  if (!result.success)
    throw new DatabaseProblem(`The stored settings of app ${app} are not valid: ${z.prettifyError(result.error)}`);
  return exact(result.data);
}

/** What to store after a change; throws INVALID_BODY that names the field. */
export function changedSettings(current: AppSettings, change: SettingsChange): Partial<AppSettings> {
  const result = settingsSchema.safeParse({ ...current, ...change });
  if (!result.success) throw invalid(result.error, 'settings');
  const entries = Object.entries(exact(result.data));
  return Object.fromEntries(entries.filter(([key, value]) => !sameAsDefault(key, value)));
}

function sameAsDefault(key: string, value: unknown): boolean {
  const defaults: Record<string, unknown> = { ...APP_SETTINGS };
  return key in defaults && JSON.stringify(defaults[key]) === JSON.stringify(value);
}

function exact({ passport_url, ...rest }: z.infer<typeof settingsSchema>): AppSettings {
  return passport_url === undefined ? rest : { ...rest, passport_url };
}

/** INVALID_BODY from a zod error; paths as `settings.origins[0]`. */
export function invalid(error: z.ZodError, under = ''): ApiError {
  const details = error.issues.map((issue) => ({
    path: [under, ...issue.path].reduce<string>(
      (path, key) =>
        typeof key === 'number' ? `${path}[${key}]` : path === '' ? String(key) : `${path}.${String(key)}`,
      '',
    ),
    problem: issue.message,
  }));
  const [first] = details;
  return new ApiError('INVALID_BODY', { params: { problem: `${first?.path}: ${first?.problem}` }, details });
}
