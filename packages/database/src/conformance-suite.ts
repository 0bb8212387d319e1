// What the parts of the specification share: the bench a database is tested on, and how a refusal is read.
import { randomBytes } from 'node:crypto';
import { ApiError } from '@message-push/protocol';
import type { Clock } from '@message-push/runtime';
import type { Database } from './types.ts';

/** One empty database for a whole suite; each test uses names of its own. */
export interface DatabaseBench {
  /** Opens it, also several times at once; `env` are settings of databaseFields. */
  open(options?: { clock?: Clock; env?: Record<string, string> }): Promise<Database>;
  /** Past the contract: what is really stored. */
  sql(text: string, values?: unknown[]): Promise<Record<string, unknown>[]>;
  /** Removes the database. */
  end(): Promise<void>;
}

/** What the tests of a suite share. */
export interface Suite {
  readonly bench: DatabaseBench;
  readonly database: Database;
  /** Epoch milliseconds that `database` sees; tests may move it forward. */
  readonly time: { now: number };
}

/** A name that no other test uses. */
export const unique = (prefix: string) => `${prefix}-${randomBytes(6).toString('hex')}`;

/** The code and the first field of the ApiError that `work` must end in. */
export async function refusal(work: Promise<unknown>): Promise<string> {
  const error = await work.then(
    () => undefined,
    (reason: unknown) => reason,
  );
  if (!(error instanceof ApiError)) return `not refused as it should be: ${String(error)}`;
  return [error.code, error.details[0]?.path].filter(Boolean).join(' ');
}
