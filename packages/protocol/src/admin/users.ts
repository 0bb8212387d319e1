// One person: where they live on the ring, their sessions, what they are sent; GET /admin/v1/users/{app}/{uid}.
import { array, boolean, type infer as Infer, int, nullish, object, optional, string } from 'zod';
import { sessionSchema } from '../rest.ts';
import { name } from '../texts.ts';

export const userSchema = object({
  app: string(),
  uid: string(),
  online: boolean(),
  /** By the present ring; absent while it is empty. */
  ring: optional(object({ version: int(), hash: int(), point: int(), node: string() })),
  sessions: array(sessionSchema),
  /** A node that has some did not answer: the list is not whole. */
  sessions_missing: optional(boolean()),
});
export type UserView = Infer<typeof userSchema>;

/** POST /admin/v1/users/{app}/{uid}/disconnect: one session or all. Answer: `disconnectedSchema`. DELETE …/{uid} erases (`confirmSchema`: the uid). */
export const userDisconnectSchema = object({ session_id: nullish(name(64)) });
