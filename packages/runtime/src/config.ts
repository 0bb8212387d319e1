// Configuration from the environment: each part exports its fields, an app merges them and loads all at once.
import { readFileSync } from 'node:fs';
import { z } from 'zod';

/** One setting: its variable, its schema (with default), one line of documentation, its unit, and whether it is secret. */
export interface Field<T = unknown> {
  env: string;
  schema: z.ZodType<T>;
  doc: string;
  unit?: string;
  secret?: boolean;
}

export type Fields = Record<string, Field>;
// The schema's output type is the setting's type.
export type Config<F extends Fields> = { [K in keyof F]: F[K] extends Field<infer T> ? T : never };

/** Declares a setting. The schema reads the text of the variable (undefined when unset). */
export function field<T>(
  env: string,
  schema: z.ZodType<T>,
  doc: string,
  more: { unit?: string; secret?: boolean } = {},
): Field<T> {
  return { env, schema, doc, ...more };
}

/** Whole number from text, within bounds. */
export function int(fallback: number, min: number, max: number): z.ZodType<number> {
  return z.coerce.number().int().min(min).max(max).default(fallback);
}

/** true/false from text. */
export function flag(fallback: boolean): z.ZodType<boolean> {
  return z
    .enum(['true', 'false', '1', '0'])
    .default(fallback ? 'true' : 'false')
    .transform((text) => text === 'true' || text === '1');
}

/** All that is wrong with the environment, one line per variable. */
export class ConfigError extends Error {
  readonly problems: string[];
  constructor(problems: string[]) {
    super(`configuration is not valid:\n${problems.map((line) => `  ${line}`).join('\n')}`);
    this.name = 'ConfigError';
    this.problems = problems;
  }
}

/**
 * Reads all fields; throws one ConfigError with every problem. An empty variable counts as unset. A secret may lie in a file:
 * X_FILE names one whose text, without the white space around it, is the value of X.
 */
export function loadConfig<F extends Fields>(fields: F, env: Record<string, string | undefined>): Config<F> {
  const config: Record<string, unknown> = {};
  const problems: string[] = [];
  for (const [name, field] of Object.entries(fields)) {
    try {
      const result = field.schema.safeParse(textOf(field, env));
      if (result.success) config[name] = result.data;
      else problems.push(`${field.env}: ${result.error.issues.map((issue) => issue.message).join(', ')}`);
    } catch (error) {
      problems.push(error instanceof Error ? error.message : String(error));
    }
  }
  if (problems.length > 0) throw new ConfigError(problems);
  return config as Config<F>; // each key was parsed by its own schema above
}

/** What the environment says of a setting; throws a sentence when its file can't be used. */
function textOf({ env: variable, secret }: Field, env: Record<string, string | undefined>): string | undefined {
  const text = env[variable] === '' ? undefined : env[variable];
  const fileVariable = `${variable}_FILE`;
  const file = secret ? env[fileVariable] : undefined;
  if (file === undefined || file === '') return text;
  if (text !== undefined) throw new Error(`${fileVariable}: ${variable} is set too; set one of the two`);
  try {
    return readFileSync(file, 'utf8').trim();
  } catch (error) {
    // node: errors of the file system carry a code
    throw new Error(`${fileVariable}: ${file} can't be read (${(error as NodeJS.ErrnoException).code})`);
  }
}

/** The configuration as it may be logged: secrets are replaced. */
export function redacted<F extends Fields>(fields: F, config: Config<F>): Record<string, unknown> {
  const shown: Record<string, unknown> = {};
  for (const [name, { secret }] of Object.entries(fields))
    shown[name] = secret && config[name] !== undefined ? '[secret]' : config[name];
  return shown;
}
