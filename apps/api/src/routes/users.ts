// /users: who is online, with which sessions, and how an app ends them.
import {
  CLOSE,
  disconnectedSchema,
  disconnectRequestSchema,
  parseInput,
  presenceRequestSchema,
  presenceSchema,
  sessionSchema,
  successSchema,
  uidParamsSchema,
} from '@message-push/protocol';
import type { FastifyRequest } from 'fastify';
import { BASE, languageOf, success } from '../answers.ts';
import type { Server } from '../http.ts';
import type { Nodes } from '../nodes.ts';
import { callerOf, jsonBody } from './callers.ts';
import { documented } from './documented.ts';

export function userRoutes(app: Server, { nodes }: { nodes: Nodes }): void {
  app.route({
    method: 'GET',
    url: `${BASE}/users/:uid/sessions`,
    schema: documented({
      tag: 'users',
      summary: 'Live sessions of a user',
      params: uidParamsSchema,
      answer: successSchema(sessionSchema),
      errors: ['INVALID_QUERY', 'STATE_UNAVAILABLE', 'NODE_UNAVAILABLE'],
    }),
    handler: async (request) => success(...(await nodes.sessions(callerOf(request).app.id, uidOf(request)))),
  });

  app.route({
    method: 'POST',
    url: `${BASE}/users/presence`,
    schema: documented({
      tag: 'users',
      summary: 'Who of up to 1,000 users is online',
      body: presenceRequestSchema,
      answer: successSchema(presenceSchema),
      errors: ['STATE_UNAVAILABLE'],
    }),
    handler: async (request) => {
      const { uids } = parseInput(presenceRequestSchema, jsonBody(request), 'INVALID_BODY', languageOf(request));
      return success(...(await nodes.presence(callerOf(request).app.id, [...new Set(uids)])));
    },
  });

  app.route({
    method: 'POST',
    url: `${BASE}/users/:uid/disconnect`,
    schema: documented({
      tag: 'users',
      summary: 'Close one session of a user, or all',
      description: `Clients are told not to come back as they are (close code ${CLOSE.DISCONNECTED}). The body may be left out.`,
      params: uidParamsSchema,
      body: disconnectRequestSchema,
      answer: successSchema(disconnectedSchema),
      errors: ['INVALID_QUERY', 'STATE_UNAVAILABLE', 'NODE_UNAVAILABLE'],
    }),
    handler: async (request) => {
      const uid = uidOf(request);
      const body = request.body == null ? {} : jsonBody(request);
      const { session_id } = parseInput(disconnectRequestSchema, body, 'INVALID_BODY', languageOf(request));
      const meant = { app: callerOf(request).app.id, uid, ...(session_id != null && { session_id }) };
      return success({ sessions: await nodes.disconnect({ ...meant, code: CLOSE.DISCONNECTED }) });
    },
  });
}

function uidOf(request: FastifyRequest): string {
  return parseInput(uidParamsSchema, request.params, 'INVALID_QUERY', languageOf(request)).uid;
}
