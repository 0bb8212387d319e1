// Idempotency-Key on changes of the console: a repeated request gets the answer of the first for 24 hours, and changes nothing.
import { hash } from 'node:crypto';
import type { Database } from '@message-push/database';
import type { Log } from '@message-push/runtime';
import type { FastifyRequest } from 'fastify';
import { languageOf } from '../../answers.ts';
import type { ApiConfig } from '../../config.ts';
import type { Server } from '../../http.ts';
import { keyOf } from '../pushes.ts';

declare module 'fastify' {
  interface FastifyRequest {
    /** Of a change that this request carries out; set by `answerRepeats`. */
    claimed: { operator: string; key: string } | null;
  }
}

export interface RepeatsDeps {
  config: ApiConfig;
  database: Database;
  log: Log;
}

/** Longer answers are not kept: their request may be repeated. */
const ANSWER_CHARS_MAX = 64 * 1_024;

/**
 * Keys are an operator's own. Only what succeeded is kept: after a failure the same key tries again. Answers are encrypted at rest, since
 * they may show a secret once.
 */
export function answerRepeats(scope: Server, { config, database, log }: RepeatsDeps): void {
  scope.decorateRequest('claimed', null);

  scope.addHook('preHandler', async (request, reply) => {
    if (request.method === 'GET' || request.method === 'HEAD' || request.signedIn === null) return;
    const key = keyOf(request, config.idempotencyKeyCharsMax, languageOf(request));
    if (key === undefined) return;
    const claim = { operator: request.signedIn.session.operator.id, key };
    const { answer } = await database.requests.begin(claim.operator, key, fingerprintOf(request));
    if (answer === undefined) {
      request.claimed = claim;
      return;
    }
    return reply.header('content-type', 'application/json; charset=utf-8').send(answer);
  });

  scope.addHook('onSend', async (request, reply, payload) => {
    const { claimed } = request;
    if (claimed === null) return payload;
    request.claimed = null;
    const isKept = reply.statusCode === 200 && typeof payload === 'string' && payload.length <= ANSWER_CHARS_MAX;
    try {
      await database.requests.finish(claimed.operator, claimed.key, isKept ? payload : undefined);
    } catch (error) {
      log.warn({ err: error }, 'the answer to a change with a key is not kept');
    }
    return payload;
  });
}

function fingerprintOf({ method, url, body }: FastifyRequest): string {
  return hash('sha256', JSON.stringify([method, url, body ?? null]));
}
