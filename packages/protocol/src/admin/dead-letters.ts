// Dead letters: what could not be processed, why, and the decision about each.
import { array, boolean, enum as choice, type infer as Infer, int, object, optional, string } from 'zod';
import { listFields } from './lists.ts';

/** GET /admin/v1/dead-letters: newest first; those without a decision, or all. */
export const deadLettersQuerySchema = object({ decided: choice(['no', 'all']).default('no'), ...listFields });

export const deadLetterSchema = object({
  id: string(),
  at: int(),
  /** A sentence of REASONS, with what is to be said about this one; letters of an older release have words of their own. */
  reason: string(),
  /** Where the record was on the bus. */
  partition: int(),
  offset: int(),
  /** Absent when the record could not be read. */
  push: optional(
    object({
      message_id: string(),
      app: string(),
      uids: array(string()),
      title: optional(string()),
      content: optional(string()),
    }),
  ),
  /** Base64 of the beginning of a record that could not be read. */
  raw: optional(string()),
  decision: optional(object({ action: choice(['replayed', 'dismissed']), by: string(), at: int() })),
  /** Whether it can be replayed: its push was readable and its time is not over. */
  replayable: boolean(),
});
export type DeadLetterView = Infer<typeof deadLetterSchema>;

/** POST /admin/v1/dead-letters/{id}/replay and …/dismiss. Answer: `deadLetterSchema`. A decided one: TAKEN. */
