// POST /push, /push/batch and /push/validate: what back ends send.
import {
  ApiError,
  acceptedSchema,
  batchRowSchema,
  inputError,
  type Language,
  type PushLimits,
  parsePushRequest,
  problemText,
  pushSchema,
  successSchema,
  validationSchema,
} from '@message-push/protocol';
import type { FastifyRequest } from 'fastify';
import { array, object, optional, string } from 'zod';
import { BASE, languageOf, success } from '../answers.ts';
import type { ApiConfig } from '../config.ts';
import type { Server } from '../http.ts';
import type { Nodes } from '../nodes.ts';
import type { Pushes } from '../push.ts';
import { pushRows } from './batch.ts';
import { callerOf, jsonBody } from './callers.ts';
import { documented } from './documented.ts';

export interface PushRoutesDeps {
  config: ApiConfig;
  pushes: Pushes;
  nodes: Nodes;
}

const JSON_TYPE = 'application/json; charset=utf-8';
const PRINTABLE = /^[\x20-\x7e]*$/;

export const keyHeader = object({
  'idempotency-key': optional(string()).describe(
    'Any printable text: the same key and body give the first answer for 24 hours, another body 409.',
  ),
  traceparent: optional(string()).describe('W3C trace context; goes on to every hop.'),
});

export function pushRoutes(app: Server, { config, pushes, nodes }: PushRoutesDeps): void {
  const limits: PushLimits = config;
  const body = pushSchema(limits);
  const row = body.extend({ idempotency_key: optional(string()).describe('As the header of a single push.') });
  const batch = object({ pushes: array(row).min(1).max(limits.batchRowsMax) });

  app.route({
    method: 'POST',
    url: `${BASE}/push`,
    schema: documented({
      tag: 'pushes',
      summary: 'Send one message',
      description:
        'Answered with code 1 only after the message is stored so that the crash of any one process loses it not.',
      body,
      headers: keyHeader,
      answer: successSchema(acceptedSchema),
      errors: [
        'INVALID_HEADER',
        'IDEMPOTENCY_MISMATCH',
        'IN_PROGRESS',
        'BUS_UNAVAILABLE',
        'PUBLISH_UNKNOWN',
        'STATE_UNAVAILABLE',
        'OVERLOADED',
      ],
    }),
    handler: async (request, reply) => {
      const language = languageOf(request);
      const push = parsePushRequest(jsonBody(request), limits, language);
      const key = keyOf(request, limits.idempotencyKeyCharsMax, language);
      const answer = await pushes.push(callerOf(request), push, { key, traceparent: traceOf(request) });
      return reply.code(answer.status).header('content-type', JSON_TYPE).send(answer.body);
    },
  });

  app.route({
    method: 'POST',
    url: `${BASE}/push/batch`,
    bodyLimit: config.batchBodyBytesMax,
    schema: documented({
      tag: 'pushes',
      summary: 'Send up to 1,000 messages',
      description: 'One answer row for each push, in order; a row that is refused does not fail the others.',
      body: batch,
      answer: successSchema(batchRowSchema),
    }),
    handler: async (request) => {
      const language = languageOf(request);
      const context = { pushes, limits, caller: callerOf(request), traceparent: traceOf(request), language };
      return success(...(await pushRows(jsonBody(request), context)));
    },
  });

  app.route({
    method: 'POST',
    url: `${BASE}/push/validate`,
    schema: documented({
      tag: 'pushes',
      summary: 'Check a message without sending it',
      description: 'The same checks as for sending it, and who is online now.',
      body,
      answer: successSchema(validationSchema),
      errors: ['STATE_UNAVAILABLE'],
    }),
    handler: async (request) => {
      const language = languageOf(request);
      const push = parsePushRequest(jsonBody(request), limits, language);
      const { app } = callerOf(request);
      const { uids, unknown } = await pushes.resolve(app.id, push);
      const online = (await nodes.presence(app.id, uids)).filter((row) => row.online).map(({ uid }) => uid);
      return success({ accepted: uids.length, online, unknown_devices: unknown });
    },
  });
}

function traceOf({ headers }: FastifyRequest): string | undefined {
  const { traceparent } = headers;
  return typeof traceparent === 'string' ? traceparent : undefined;
}

export function keyOf({ headers }: FastifyRequest, charsMax: number, language: Language): string | undefined {
  const key = headers['idempotency-key'];
  if (key === undefined) return undefined;
  const long = typeof key !== 'string' || key.length < 1 || key.length > charsMax;
  if (!long && PRINTABLE.test(key)) return key;
  const problem = long
    ? problemText('characters', language, { min: 1, max: charsMax })
    : problemText('format', language);
  const { details } = inputError('INVALID_HEADER', [{ path: 'Idempotency-Key', problem }]);
  throw new ApiError('INVALID_HEADER', { params: { name: 'Idempotency-Key', problem }, details });
}
