// The rows of a batch: each is checked, sent and answered by itself, and others get their turn between them.
import { setImmediate as turn } from 'node:timers/promises';
import {
  ApiError,
  batchSchema,
  type Language,
  type PushLimits,
  parseInput,
  parsePushBatch,
} from '@message-push/protocol';
import { failureText } from '../answers.ts';
import type { Caller } from '../credentials.ts';
import type { Accepted, Pushes } from '../push.ts';

export interface BatchContext {
  pushes: Pick<Pushes, 'push'>;
  limits: PushLimits;
  caller: Caller;
  traceparent: string | undefined;
  language: Language;
}

/** After so many receivers the event loop has its turn: about 5 ms of work (Node 24, 2 shared cores). */
const TURN_RECEIVERS = 500;

/**
 * Answers one row for each push, in order; throws INVALID_BODY for what is no batch. Rows start in order; one with the key of an
 * earlier row waits for it and is given its answer.
 */
export async function pushRows(body: object, context: BatchContext) {
  const { limits, language } = context;
  const { pushes: rows } = parseInput(batchSchema(limits), body, 'INVALID_BODY', language);
  const answers: ReturnType<typeof pushRow>[] = [];
  const byKey = new Map<string, ReturnType<typeof pushRow>>();
  let receivers = 0;
  for (const input of rows) {
    const [row] = parsePushBatch({ pushes: [input] }, limits, language);
    if (row === undefined) continue;
    const key = row.ok ? row.idempotency_key : undefined;
    const answer = pushRow(row, context, key === undefined ? undefined : byKey.get(key));
    // It is looked at below; until then nobody does.
    answer.catch(() => {});
    answers.push(answer);
    if (key !== undefined) byKey.set(key, answer);
    receivers += row.ok ? row.request.uids.length + row.request.device_ids.length : 1;
    if (receivers < TURN_RECEIVERS) continue;
    receivers = 0;
    await turn();
  }
  return await Promise.all(answers);
}

/** The answer row of one push of a batch. Rejects only for what is not the row's own failure. */
async function pushRow(
  row: ReturnType<typeof parsePushBatch>[number],
  { pushes, caller, traceparent, language }: BatchContext,
  before: Promise<unknown> | undefined,
) {
  if (!row.ok) return failedRow(row.error, language);
  try {
    await before;
    const { body } = await pushes.push(caller, row.request, { key: row.idempotency_key, traceparent });
    // The body is one that `Pushes` wrote, now or under the same key before.
    const { data } = JSON.parse(body) as { data: [Accepted] };
    return { code: 1, msg: 'OK', ...data[0] };
  } catch (error) {
    if (error instanceof ApiError) return failedRow(error, language);
    throw error;
  }
}

function failedRow(error: ApiError, language: Language) {
  const { message_id } = error.params;
  return {
    code: error.http,
    msg: failureText(error, language),
    error: error.code,
    details: error.details,
    ...(message_id !== undefined && { message_id }),
  };
}
