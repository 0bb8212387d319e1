// /users: who is online, with which sessions, and how an app ends them.
import {
  CLOSE,
  disconnectedSchema,
  disconnectRequestSchema,
  erasedSchema,
  parseInput,
  presenceRequestSchema,
  presenceSchema,
  sessionSchema,
  successSchema,
  uidParamsSchema,
} from '@message-push/protocol';
import type { FastifyRequest } from 'fastify';
import { BASE, languageOf, success } from '../answers.ts';
import type { ApiConfig } from '../config.ts';
import { type EraseDeps, erase } from '../erase.ts';
import type { Server } from '../http.ts';
import type { Nodes } from '../nodes.ts';
import { callerOf, jsonBody } from './callers.ts';
import { documented } from './documented.ts';

export interface UserRoutesDeps extends Pick<EraseDeps, 'archive' | 'state' | 'clock'> {
  nodes: Nodes;
  config: Pick<ApiConfig, 'recallWaitMs'>;
}

export function userRoutes(app: Server, deps: UserRoutesDeps): void {
  const { nodes, archive, state, clock, config } = deps;
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
      description: `Clients are told not to come back as they are (close code ${CLOSE.DISCONNECTED}). The body may be left out. \
Sessions of a node that is silent are closed within a second too, but not counted.`,
      params: uidParamsSchema,
      body: disconnectRequestSchema,
      answer: successSchema(disconnectedSchema),
      errors: ['INVALID_QUERY', 'STATE_UNAVAILABLE'],
    }),
    handler: async (request) => {
      const uid = uidOf(request);
      const body = request.body == null ? {} : jsonBody(request);
      const { session_id } = parseInput(disconnectRequestSchema, body, 'INVALID_BODY', languageOf(request));
      const meant = { app: callerOf(request).app.id, uid, ...(session_id != null && { session_id }) };
      return success({ sessions: await nodes.disconnect({ ...meant, code: CLOSE.DISCONNECTED }) });
    },
  });

  app.route({
    method: 'DELETE',
    url: `${BASE}/users/:uid`,
    schema: documented({
      tag: 'users',
      summary: 'Erase a user: sessions, inbox, devices, history',
      description: ERASED,
      params: uidParamsSchema,
      answer: successSchema(erasedSchema),
      errors: ['INVALID_QUERY', 'STATE_UNAVAILABLE', 'NODE_UNAVAILABLE', 'ARCHIVE_UNAVAILABLE'],
    }),
    handler: async (request) => {
      const receiver = { app: callerOf(request).app.id, uid: uidOf(request) };
      return success(await erase({ nodes, archive, state, clock, recallWaitMs: config.recallWaitMs }, receiver));
    },
  });
}

const ERASED =
  `Sessions are closed (close code ${CLOSE.DISCONNECTED}); waiting messages, cursors and devices are forgotten; the history
loses each delivery to this user, and each message that nobody else received. It can be repeated; repeat it after an error.
What remains: records on the bus until its retention ends, never delivered again; the number of the last message, without its
content; hashes that keep late receipts from bringing a record back, until the history's retention ends; audit entries; messages that the
history had not read yet (repeat it some seconds later when you have just pushed). Tokens stay valid and the user may
come back: revoke them before with /tokens/revoke.`.replaceAll('\n', ' ');

function uidOf(request: FastifyRequest): string {
  return parseInput(uidParamsSchema, request.params, 'INVALID_QUERY', languageOf(request)).uid;
}
