// Settings of the database.
import { field, int } from '@message-push/runtime';
import { z } from 'zod';

export const databaseFields = {
  databaseUrl: field(
    'DATABASE_URL',
    z.url({ protocol: /^postgres(ql)?$/, error: 'write postgres://user:password@host:port/database' }).optional(),
    'PostgreSQL 14 or later; unset: the embedded one in the data folder.',
    { secret: true },
  ),
  databasePoolMax: field('DATABASE_POOL_MAX', int(10, 1, 200), 'Most connections of this process to PostgreSQL.'),
  databaseTimeoutMs: field(
    'DATABASE_TIMEOUT_MS',
    int(5_000, 100, 60_000),
    'A database call that takes longer is given up.',
    { unit: 'ms' },
  ),
  peppers: field(
    'PEPPER',
    z
      .string()
      .optional()
      .transform((text) => text?.split(',').map((pepper) => pepper.trim()))
      .refine((list) => list === undefined || list.every((pepper) => pepper.length >= 32), {
        error: 'each pepper needs at least 32 characters; separate several by commas',
      }),
    'Secret that stored secrets are made with, at least 32 characters; several by commas: the first writes, all verify. Unset: the file in the data folder.',
    { secret: true },
  ),
  credentialsMax: field(
    'APP_CREDENTIALS_MAX',
    int(20, 2, 1_000),
    'Most credentials of an app that are not revoked or expired.',
  ),
  sessionIdleHours: field('OPERATOR_IDLE_HOURS', int(12, 1, 720), 'An operator session unused this long ends.', {
    unit: 'h',
  }),
  sessionDays: field('OPERATOR_SESSION_DAYS', int(7, 1, 365), 'An operator session ends after this time.', {
    unit: 'd',
  }),
  sessionsMax: field(
    'OPERATOR_SESSIONS_MAX',
    int(20, 1, 1_000),
    'Most sessions of an operator; the oldest ends first.',
  ),
  vacuumMinutes: field(
    'DATABASE_VACUUM_MIN',
    int(60, 1, 1_440),
    'Pause between two clean-ups: ended sessions go, and the embedded database is vacuumed.',
    { unit: 'min' },
  ),
};
