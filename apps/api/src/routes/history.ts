// GET /pushes: what an app has sent and what became of it.
import type { Archive, DeliveryRecord, PushSummary } from '@message-push/archive';
import {
  ApiError,
  type DeliveryView,
  deliveriesQuerySchema,
  deliverySchema,
  historyQuerySchema,
  isMessageId,
  type PushRecordView,
  pageSchema,
  parseInput,
  platformText,
  pushRecordSchema,
  recallSchema,
  successSchema,
} from '@message-push/protocol';
import type { FastifyRequest } from 'fastify';
import { object, string } from 'zod';
import { BASE, languageOf, success } from '../answers.ts';
import type { ApiConfig } from '../config.ts';
import type { Server } from '../http.ts';
import { type RecallDeps, recall } from '../recall.ts';
import { callerOf } from './callers.ts';
import { documented } from './documented.ts';

const params = object({ message_id: string().describe('32 hex digits.') });

export interface HistoryRoutesDeps extends Omit<RecallDeps, 'archive' | 'recallSettleMs' | 'recallWaitMs'> {
  archive: Archive;
  config: Pick<ApiConfig, 'recallSettleMs' | 'recallWaitMs'>;
}

export function historyRoutes(app: Server, deps: HistoryRoutesDeps): void {
  const { archive } = deps;
  app.route({
    method: 'GET',
    url: `${BASE}/pushes`,
    schema: documented({
      tag: 'history',
      summary: 'What was sent, newest first',
      querystring: historyQuerySchema,
      answer: pageSchema(pushRecordSchema),
      errors: ['INVALID_QUERY', 'ARCHIVE_UNAVAILABLE'],
    }),
    handler: async (request) => {
      const { cursor, limit, ...query } = parseInput(
        historyQuerySchema,
        request.query,
        'INVALID_QUERY',
        languageOf(request),
      );
      const found = await archive.search(defined({ app: callerOf(request).app.id, ...query }), page(limit, cursor));
      return { ...success(...found.items.map(pushView)), ...next(found.cursor) };
    },
  });

  app.route({
    method: 'GET',
    url: `${BASE}/pushes/:message_id`,
    schema: documented({
      tag: 'history',
      summary: 'One message, with its deliveries counted by status',
      params,
      answer: successSchema(pushRecordSchema),
      errors: ['NOT_FOUND', 'ARCHIVE_UNAVAILABLE'],
    }),
    handler: async (request) => success(pushView(await ownPush(archive, request))),
  });

  app.route({
    method: 'POST',
    url: `${BASE}/pushes/:message_id/recall`,
    schema: documented({
      tag: 'history',
      summary: 'Take a message back',
      description:
        'Whoever it has not been written to yet does not get it any more. It can be repeated; what devices have shown already stays there.',
      params,
      answer: successSchema(recallSchema),
      errors: ['NOT_FOUND', 'NOT_RECORDED', 'ARCHIVE_UNAVAILABLE', 'STATE_UNAVAILABLE', 'BUS_UNAVAILABLE'],
    }),
    handler: async (request) => {
      const { message_id } = parseInput(params, request.params, 'INVALID_QUERY', languageOf(request));
      if (!isMessageId(message_id)) throw new ApiError('NOT_FOUND', { params: { what: 'message' } });
      const { recallSettleMs, recallWaitMs } = deps.config;
      return success(await recall({ ...deps, recallSettleMs, recallWaitMs }, callerOf(request).app.id, message_id));
    },
  });

  app.route({
    method: 'GET',
    url: `${BASE}/pushes/:message_id/deliveries`,
    schema: documented({
      tag: 'history',
      summary: 'One row for each receiver, with the time of each hop',
      params,
      querystring: deliveriesQuerySchema,
      answer: pageSchema(deliverySchema),
      errors: ['INVALID_QUERY', 'NOT_FOUND', 'ARCHIVE_UNAVAILABLE'],
    }),
    handler: async (request) => {
      const query = parseInput(deliveriesQuerySchema, request.query, 'INVALID_QUERY', languageOf(request));
      const { cursor, limit, ...clauses } = query;
      const { message_id } = await ownPush(archive, request);
      const found = await archive.deliveries(message_id, { ...page(limit, cursor), ...defined(clauses) });
      return { ...success(...found.items.map(deliveryView)), ...next(found.cursor) };
    },
  });
}

/** The push that the path names, if the caller sent it. */
async function ownPush(archive: Archive, request: FastifyRequest): Promise<PushSummary> {
  const { message_id } = parseInput(params, request.params, 'INVALID_QUERY', languageOf(request));
  const push = isMessageId(message_id) ? await archive.push(message_id) : undefined;
  if (push?.app !== callerOf(request).app.id) throw new ApiError('NOT_FOUND', { params: { what: 'message' } });
  return push;
}

function pushView({
  message_id,
  app,
  platforms,
  message,
  c_time,
  ttl_s,
  accepted,
  counts,
}: PushSummary): PushRecordView {
  const { title, content, content_type, extras } = message;
  return {
    message_id,
    app_key: app,
    platform: platformText(platforms),
    message: defined({ title, content, content_type, extras }),
    c_time,
    ttl_s,
    accepted,
    counts,
  };
}

/** What a sender may see; places on the bus stay inside. */
function deliveryView(delivery: DeliveryRecord): DeliveryView {
  const { app: _app, seq: _seq, partition: _partition, offset: _offset, ring_version: _version, ...view } = delivery;
  return view;
}

function page(limit: number, cursor: string | undefined): { limit: number; cursor?: string } {
  return cursor === undefined ? { limit } : { limit, cursor };
}

function next(cursor: string | undefined): { cursor?: string } {
  return cursor === undefined ? {} : { cursor };
}

type Defined<T> = { [K in keyof T]: Exclude<T[K], undefined> };

/** Without the fields that are undefined. */
function defined<T extends object>(fields: T): Defined<T> {
  // Only fields that are there are kept, so that no kept one is undefined.
  return Object.fromEntries(Object.entries(fields).filter(([, value]) => value !== undefined)) as Defined<T>;
}
