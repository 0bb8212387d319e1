// What is kept of an erased delivery, so that nothing told of it later brings it back: a hash that names nobody.
import { createHash } from 'node:crypto';

/** 22 characters. Message ids are random, so that the marks of one person have nothing in common. */
export function erasedMark(messageId: string, uid: string): string {
  return createHash('sha256').update(`${messageId}\n${uid}`).digest('base64url').slice(0, 22);
}
