// What every refusal of the api looks like.
import type { Answer } from '@message-push/testkit';
import { expect } from 'vitest';

/** Checks status, code and envelope, and that the first sentence and the details name `field`. */
export function expectRefusal(
  { status, body: answer, headers }: Answer,
  wanted: number,
  error: string,
  field?: string,
): void {
  expect({ status, error: answer.error }).toEqual({ status: wanted, error });
  expect(answer).toEqual({
    code: wanted,
    msg: expect.stringMatching(/\S/),
    error,
    request_id: expect.stringMatching(/\S/),
    details: expect.any(Array),
  });
  expect(headers.get('content-type')).toBe('application/json; charset=utf-8');
  if (field === undefined) return;
  expect(answer.msg).toContain(field);
  expect('details' in answer && answer.details).toContainEqual({ path: field, problem: expect.stringMatching(/\S/) });
}
