// /admin/v1/push and /recall: sending from the console, in the name of an app, on the same way as the app itself.
import type { Database } from '@message-push/database';
import {
  ApiError,
  acceptedSchema,
  parseInput,
  parsePushRequest,
  type RingDocument,
  recallSchema,
  successSchema,
} from '@message-push/protocol';
import { adminPushSchema, previewRowSchema, previewSchema } from '@message-push/protocol/admin';
import type { Log } from '@message-push/runtime';
import { languageOf, success } from '../../answers.ts';
import type { ApiConfig } from '../../config.ts';
import type { Server } from '../../http.ts';
import type { Nodes } from '../../nodes.ts';
import type { Pushes } from '../../push.ts';
import { type RecallDeps, recall } from '../../recall.ts';
import type { RingPast } from '../../ring-past.ts';
import { jsonBody } from '../callers.ts';
import { documented } from '../documented.ts';
import { keyHeader, keyOf } from '../pushes.ts';
import { audited, requireRight } from './guard.ts';
import { type MessageRoutesDeps, messageParams, seenPush } from './messages.ts';
import { ADMIN } from './session.ts';

export interface SendingRoutesDeps extends Omit<RecallDeps, 'archive' | 'recallSettleMs' | 'recallWaitMs'> {
  archive: MessageRoutesDeps['archive'];
  config: ApiConfig;
  database: Database;
  log: Log;
  pushes: Pushes;
  nodes: Nodes;
  ring(): RingDocument;
  ringPast: RingPast;
}

const JSON_TYPE = 'application/json; charset=utf-8';
/** Keys of the console are apart from those that the app itself uses. */
const KEY_PREFIX = 'console:';

const appSchema = adminPushSchema.pick({ app: true });

export function sendingRoutes(app: Server, deps: SendingRoutesDeps): void {
  const { config, database, nodes, ringPast } = deps;
  app.route({
    method: 'POST',
    url: `${ADMIN}/push`,
    schema: documented({
      tag: 'admin',
      summary: 'Send one message in the name of an app',
      right: 'send',
      body: adminPushSchema,
      headers: keyHeader,
      answer: successSchema(acceptedSchema),
      errors: [
        ...(['NOT_FOUND', 'INVALID_HEADER', 'IDEMPOTENCY_MISMATCH', 'IN_PROGRESS', 'RATE_LIMITED'] as const),
        ...(['BUS_UNAVAILABLE', 'PUBLISH_UNKNOWN', 'STATE_UNAVAILABLE', 'OVERLOADED'] as const),
      ],
    }),
    handler: async (request, reply) => {
      const language = languageOf(request);
      const body = jsonBody(request);
      const { app: id } = parseInput(appSchema, body, 'INVALID_BODY', language);
      const push = parsePushRequest(body, config, language);
      requireRight(request, 'send', id);
      const named = await sendingApp(database, id);
      const key = keyOf(request, config.idempotencyKeyCharsMax - KEY_PREFIX.length, language);
      const context = key === undefined ? {} : { key: `${KEY_PREFIX}${key}` };
      const answer = await deps.pushes.push({ app: named, credentialId: '' }, push, context);
      if (answer.status === 200) {
        const { message_id, accepted } = acceptedIn(answer.body);
        const after = { app: id, accepted, platforms: push.platforms ?? 'all', ttl_s: push.ttl_s ?? 'default' };
        await audited(request, deps, { action: 'message.send', target: `message ${message_id}`, after });
      }
      return reply.code(answer.status).header('content-type', JSON_TYPE).send(answer.body);
    },
  });

  app.route({
    method: 'POST',
    url: `${ADMIN}/push/preview`,
    schema: documented({
      tag: 'admin',
      summary: 'Who of these receivers is online now, and at which node each belongs',
      right: 'send',
      body: previewSchema,
      answer: successSchema(previewRowSchema),
      errors: ['STATE_UNAVAILABLE'],
    }),
    handler: async (request) => {
      const body = parseInput(previewSchema, jsonBody(request), 'INVALID_BODY', languageOf(request));
      requireRight(request, 'send', body.app);
      const uids = [...new Set(body.uids.map(String))];
      const ring = ringPast.built(deps.ring());
      const rows = (await nodes.presence(body.app, uids)).map((row) => {
        const node = ring.owner(row.uid);
        return node === undefined ? row : { ...row, node };
      });
      return success(...rows);
    },
  });

  app.route({
    method: 'POST',
    url: `${ADMIN}/messages/:message_id/recall`,
    schema: documented({
      tag: 'admin',
      summary: 'Take a message back',
      description: 'Whoever it has not been written to yet does not get it any more. It can be repeated.',
      right: 'send',
      params: messageParams,
      answer: successSchema(recallSchema),
      errors: ['NOT_FOUND', 'NOT_RECORDED', 'ARCHIVE_UNAVAILABLE', 'STATE_UNAVAILABLE', 'BUS_UNAVAILABLE'],
    }),
    handler: async (request) => {
      const { app: id, message_id } = await seenPush(deps, request);
      requireRight(request, 'send', id);
      const { recallSettleMs, recallWaitMs } = config;
      const view = await recall({ ...deps, recallSettleMs, recallWaitMs }, id, message_id);
      const { recalled, written } = view;
      const after = { app: id, recalled, written };
      await audited(request, deps, { action: 'message.recall', target: `message ${message_id}`, after });
      return success(view);
    },
  });
}

/** The app that is to send; a disabled one sends nothing. */
async function sendingApp(database: Database, id: string) {
  const found = await database.apps.get(id);
  if (found === undefined) throw new ApiError('NOT_FOUND', { params: { what: 'app' } });
  if (found.state === 'disabled') throw new ApiError('FORBIDDEN');
  return found;
}

const acceptedAnswer = successSchema(acceptedSchema);

/** What a push was answered, by this process or an earlier one. */
function acceptedIn(body: string): { message_id: string; accepted: number } {
  const [row] = acceptedAnswer.parse(JSON.parse(body)).data;
  if (row === undefined) throw new Error('an accepted push names its message');
  return row;
}
