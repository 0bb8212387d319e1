// /admin/v1/users: one person, where they live on the ring and with which sessions; disconnecting and erasing them.
import type { Database } from '@message-push/database';
import {
  ApiError,
  CLOSE,
  disconnectedSchema,
  erasedSchema,
  parseInput,
  type RingDocument,
  successSchema,
  uidParamsSchema,
} from '@message-push/protocol';
import { confirmSchema, userDisconnectSchema, userSchema } from '@message-push/protocol/admin';
import { locate } from '@message-push/ring';
import type { Log } from '@message-push/runtime';
import type { FastifyRequest } from 'fastify';
import { string } from 'zod';
import { languageOf, success } from '../../answers.ts';
import type { ApiConfig } from '../../config.ts';
import { type EraseDeps, erase } from '../../erase.ts';
import type { Server } from '../../http.ts';
import type { Nodes } from '../../nodes.ts';
import type { RingPast } from '../../ring-past.ts';
import { jsonBody } from '../callers.ts';
import { documented } from '../documented.ts';
import { audited } from './guard.ts';
import { ADMIN } from './session.ts';

export interface UserRoutesDeps extends Omit<EraseDeps, 'nodes' | 'recallWaitMs'> {
  nodes: Nodes;
  config: Pick<ApiConfig, 'recallWaitMs'>;
  database: Database;
  log: Log;
  ring(): RingDocument;
  ringPast: RingPast;
}

const userParams = uidParamsSchema.extend({ app: string() });

export function userRoutes(app: Server, deps: UserRoutesDeps): void {
  const { nodes, ring, ringPast, config } = deps;
  app.route({
    method: 'GET',
    url: `${ADMIN}/users/:app/:uid`,
    schema: documented({
      tag: 'admin',
      summary: 'One person: their place on the ring and their sessions',
      right: 'read',
      params: userParams,
      answer: successSchema(userSchema),
      errors: ['INVALID_QUERY', 'NOT_FOUND', 'STATE_UNAVAILABLE'],
    }),
    handler: async (request) => {
      const receiver = await receiverOf(request, deps);
      const document = ring();
      const place = locate(ringPast.built(document), receiver.uid);
      const [[presence], { sessions, missing }] = await Promise.all([
        nodes.presence(receiver.app, [receiver.uid]),
        nodes.sessionsFound(receiver.app, receiver.uid),
      ]);
      return success({
        ...receiver,
        online: presence?.online === true,
        ...(place !== undefined && { ring: { version: document.version, ...place } }),
        sessions: sessions.sort((a, b) => a.since - b.since),
        ...(missing && { sessions_missing: true }),
      });
    },
  });

  app.route({
    method: 'POST',
    url: `${ADMIN}/users/:app/:uid/disconnect`,
    schema: documented({
      tag: 'admin',
      summary: 'Close one session of a person, or all',
      description: `Clients are told not to come back as they are (close code ${CLOSE.DISCONNECTED}).`,
      right: 'disconnect',
      params: userParams,
      body: userDisconnectSchema,
      answer: successSchema(disconnectedSchema),
      errors: ['INVALID_QUERY', 'NOT_FOUND', 'STATE_UNAVAILABLE'],
    }),
    handler: async (request) => {
      const receiver = await receiverOf(request, deps);
      const body = request.body == null ? {} : jsonBody(request);
      const { session_id } = parseInput(userDisconnectSchema, body, 'INVALID_BODY', languageOf(request));
      const meant = { ...receiver, ...(session_id != null && { session_id }), code: CLOSE.DISCONNECTED };
      const sessions = await nodes.disconnect(meant);
      const after = { sessions, ...(session_id != null && { session_id }) };
      await audited(request, deps, { action: 'user.disconnect', target: targetOf(receiver), after });
      return success({ sessions });
    },
  });

  app.route({
    method: 'DELETE',
    url: `${ADMIN}/users/:app/:uid`,
    schema: documented({
      tag: 'admin',
      summary: 'Erase a person: sessions, inbox, devices, history',
      description: 'As DELETE /users/{uid} of the app itself. The audit log keeps the uid.',
      right: 'erase',
      params: userParams,
      body: confirmSchema,
      answer: successSchema(erasedSchema),
      errors: [
        ...(['INVALID_QUERY', 'NOT_FOUND', 'CONFIRM'] as const),
        ...(['STATE_UNAVAILABLE', 'NODE_UNAVAILABLE', 'ARCHIVE_UNAVAILABLE'] as const),
      ],
    }),
    handler: async (request) => {
      const receiver = await receiverOf(request, deps);
      const { confirm } = parseInput(confirmSchema, jsonBody(request), 'INVALID_BODY', languageOf(request));
      if (confirm !== receiver.uid) throw new ApiError('CONFIRM', { params: { what: receiver.uid } });
      const erased = await erase({ ...deps, recallWaitMs: config.recallWaitMs }, receiver);
      const { sessions, deliveries } = erased;
      const after = { sessions, deliveries };
      await audited(request, deps, { action: 'user.erase', target: targetOf(receiver), after });
      return success(erased);
    },
  });
}

/** The person that the path names; the guard has looked whether the app is one of the operator's. */
async function receiverOf(request: FastifyRequest, { database }: Pick<UserRoutesDeps, 'database'>) {
  const receiver = parseInput(userParams, request.params, 'INVALID_QUERY', languageOf(request));
  if ((await database.apps.get(receiver.app)) === undefined)
    throw new ApiError('NOT_FOUND', { params: { what: 'app' } });
  return receiver;
}

function targetOf({ app, uid }: { app: string; uid: string }): string {
  return `user ${app}/${uid}`;
}
