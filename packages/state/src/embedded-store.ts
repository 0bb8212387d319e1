// The embedded state as a store module: the calls that the worker carries out, and the sweep between them.
import type { DatabaseSync } from 'node:sqlite';
import { inboxHandlers } from './inbox-calls.ts';
import { INBOX_SCHEMA, type InboxOptions } from './inbox-rows.ts';
import { BRIEF_REVOCATIONS, SHARED_SCHEMA, type SharedOptions, sharedHandlers } from './shared-rows.ts';

export const migrations = [`${INBOX_SCHEMA};${SHARED_SCHEMA}`, BRIEF_REVOCATIONS];

export function open(db: DatabaseSync, options: InboxOptions & SharedOptions) {
  const inboxes = inboxHandlers(db, options);
  const shared = sharedHandlers(db, options);
  return {
    reads: { ...inboxes.reads, ...shared.reads },
    writes: {
      ...inboxes.writes,
      ...shared.writes,
      /** One bounded pass: keys expire by themselves. */
      sweep: ({ now }: { now: number }): void => {
        inboxes.sweep(now);
        shared.sweep(now);
      },
    },
    rolledBack: inboxes.forget,
  };
}
