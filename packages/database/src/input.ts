// What callers may give as text: bounds per field, refused with INVALID_BODY that names the field.
import { z } from 'zod';
import { invalid } from './settings.ts';

/** Characters that PostgreSQL or a log line cannot carry. */
const CONTROL = /[\p{Cc}\p{Cs}]/u;

const text = (min: number, max: number) =>
  z
    .string()
    .trim()
    .min(min, { error: min === 1 ? 'must not be empty' : `needs at least ${min} characters` })
    .max(max, { error: `is longer than ${max} characters` })
    .refine((value) => !CONTROL.test(value), { error: 'has characters that cannot be stored' });

const appIdSchema = z.string().regex(/^[A-Za-z0-9_-]{1,64}$/, { error: 'must be 1 to 64 letters, digits, _ or -' });

export const newAppSchema = z.object({
  id: appIdSchema,
  name: text(1, 100),
  aliases: z.array(text(1, 64)).max(32),
});

export const appChangeSchema = newAppSchema.omit({ id: true }).partial();

/** Secrets of the original have 16 hex digits. */
export const importedSecretSchema = z.object({
  secret: z
    .string()
    .min(8, { error: 'needs at least 8 characters' })
    .max(128, { error: 'is longer than 128 characters' })
    .refine((value) => !CONTROL.test(value), { error: 'has characters that cannot be sent in a header' }),
});

export const keySchema = z.object({
  secret: z
    .instanceof(Uint8Array)
    .refine((bytes) => bytes.length >= 16 && bytes.length <= 512, { error: 'must have 16 to 512 bytes' }),
});

export const passwordSchema = z.object({
  password: z
    .string()
    .min(12, { error: 'needs at least 12 characters' })
    .max(256, { error: 'is longer than 256 characters' }),
});

export const operatorSchema = z.object({
  email: text(3, 254)
    .toLowerCase()
    .pipe(z.email({ error: 'is not an e-mail address' })),
  name: text(1, 100),
  role: z.enum(['viewer', 'owner', 'operator', 'admin']),
});

export const operatorChangeSchema = operatorSchema.omit({ email: true }).extend({ disabled: z.boolean() }).partial();

/** Parses or throws INVALID_BODY. */
export function parse<T>(schema: z.ZodType<T>, value: unknown): T {
  const result = schema.safeParse(value);
  if (!result.success) throw invalid(result.error);
  return result.data;
}

/** Text from outside that is only kept for reading, such as a user agent: made storable and cut. */
export function storable(value: string, charsMax: number): string {
  return value
    .slice(0, charsMax)
    .toWellFormed()
    .replace(/\p{Cc}/gu, ' ');
}
