// /admin/v1/messages: the history of all apps that the operator may see, one message, its deliveries, and the way of one delivery.
import type { Archive, DeliveryRecord, PushSummary } from '@message-push/archive';
import type { Bus } from '@message-push/bus';
import {
  ApiError,
  deliveriesQuerySchema,
  isMessageId,
  type MessageId,
  messageIdTime,
  pageSchema,
  parseInput,
  platformText,
  type RingDocument,
  successSchema,
} from '@message-push/protocol';
import {
  type DeliveryRow,
  deliveryRowSchema,
  type MessageRow,
  messageRowSchema,
  messagesQuerySchema,
  totalFields,
  traceQuerySchema,
  traceSchema,
} from '@message-push/protocol/admin';
import { locate } from '@message-push/ring';
import type { FastifyRequest } from 'fastify';
import { object, string } from 'zod';
import { languageOf, success } from '../../answers.ts';
import type { Server } from '../../http.ts';
import { askedQuery, placedError } from '../../message-query.ts';
import type { Nodes } from '../../nodes.ts';
import type { RingPast } from '../../ring-past.ts';
import { type TraceFacts, traceOf } from '../../trace.ts';
import { documented } from '../documented.ts';
import { visibleApps } from './guard.ts';
import type { PrivateApps } from './private-apps.ts';
import { ADMIN } from './session.ts';

export interface MessageRoutesDeps {
  archive: Archive;
  bus: Pick<Bus, 'lag'>;
  clock: { now(): number };
  nodes: Pick<Nodes, 'presence' | 'stats'>;
  ring(): RingDocument;
  ringPast: RingPast;
  privateApps: PrivateApps;
}

export const messageParams = object({ message_id: string().describe('32 hex digits.') });

export function messageRoutes(app: Server, deps: MessageRoutesDeps): void {
  const { archive, clock, privateApps } = deps;
  app.route({
    method: 'GET',
    url: `${ADMIN}/messages`,
    schema: documented({
      tag: 'admin',
      summary: 'What was sent, newest first',
      right: 'read',
      querystring: messagesQuerySchema,
      answer: pageSchema(messageRowSchema).extend(totalFields),
      errors: ['INVALID_QUERY', 'ARCHIVE_UNAVAILABLE'],
    }),
    handler: async (request) => {
      const language = languageOf(request);
      const { cursor, limit, ...filter } = parseInput(messagesQuerySchema, request.query, 'INVALID_QUERY', language);
      const asked = await askedQuery(filter, privateApps.visible(request), { now: clock.now(), language });
      const page = cursor === undefined ? { limit } : { limit, cursor };
      const found = await archive.search(asked.query, page).catch((error: unknown) => {
        throw placedError(error, asked.clauses);
      });
      const hidden = await privateApps.hiddenFrom(request);
      return {
        ...success(...found.items.map((push) => messageRow(push, hidden))),
        ...(found.cursor !== undefined && { cursor: found.cursor }),
        ...{ total: found.total, total_is_lower_bound: found.totalIsLowerBound },
      };
    },
  });

  app.route({
    method: 'GET',
    url: `${ADMIN}/messages/:message_id`,
    schema: documented({
      tag: 'admin',
      summary: 'One message, with its deliveries counted by status',
      right: 'read',
      params: messageParams,
      answer: successSchema(messageRowSchema),
      errors: ['NOT_FOUND', 'NOT_RECORDED', 'ARCHIVE_UNAVAILABLE'],
    }),
    handler: async (request) => {
      const push = await seenPush(deps, request);
      return success(messageRow(push, await privateApps.hiddenFrom(request)));
    },
  });

  app.route({
    method: 'GET',
    url: `${ADMIN}/messages/:message_id/deliveries`,
    schema: documented({
      tag: 'admin',
      summary: 'One row for each receiver, with the time of each hop',
      right: 'read',
      params: messageParams,
      querystring: deliveriesQuerySchema,
      answer: pageSchema(deliveryRowSchema),
      errors: ['INVALID_QUERY', 'NOT_FOUND', 'NOT_RECORDED', 'ARCHIVE_UNAVAILABLE'],
    }),
    handler: async (request) => {
      const query = parseInput(deliveriesQuerySchema, request.query, 'INVALID_QUERY', languageOf(request));
      const { message_id } = await seenPush(deps, request);
      // Only fields that were given are there.
      const page = Object.fromEntries(Object.entries(query).filter(([, value]) => value !== undefined)) as {
        limit: number;
      };
      const found = await archive.deliveries(message_id, page);
      return {
        ...success(...found.items.map(deliveryRow)),
        ...(found.cursor !== undefined && { cursor: found.cursor }),
      };
    },
  });

  app.route({
    method: 'GET',
    url: `${ADMIN}/messages/:message_id/trace`,
    schema: documented({
      tag: 'admin',
      summary: 'The way of one message to one receiver, hop by hop',
      right: 'read',
      params: messageParams,
      querystring: traceQuerySchema,
      answer: successSchema(traceSchema),
      errors: ['INVALID_QUERY', 'NOT_FOUND', 'NOT_RECORDED', 'ARCHIVE_UNAVAILABLE'],
    }),
    handler: async (request) => {
      const { uid } = parseInput(traceQuerySchema, request.query, 'INVALID_QUERY', languageOf(request));
      const push = await seenPush(deps, request);
      const delivery = await deliveryTo(deps, push, uid);
      const facts = await factsAbout(deps, push, delivery);
      const message = messageRow(push, await privateApps.hiddenFrom(request));
      return success({ message, delivery: deliveryRow(delivery), ...traceOf(delivery, facts) });
    },
  });
}

/** A message that is younger may still be on its way to the history. */
const YOUNG_MS = 60_000;

/** The push that the path names, if the operator may see it. Throws NOT_FOUND, or NOT_RECORDED while it may still come. */
export async function seenPush(
  { archive, clock }: Pick<MessageRoutesDeps, 'archive' | 'clock'>,
  request: FastifyRequest,
): Promise<PushSummary> {
  const { message_id } = parseInput(messageParams, request.params, 'INVALID_QUERY', languageOf(request));
  const push = isMessageId(message_id) ? await archive.push(message_id) : undefined;
  const apps = visibleApps(request);
  if (push !== undefined && (apps === undefined || apps.has(push.app))) return push;
  if (push === undefined && isYoung(message_id, clock.now())) throw new ApiError('NOT_RECORDED', { retryAfterS: 1 });
  throw new ApiError('NOT_FOUND', { params: { what: 'message' } });
}

function isYoung(id: MessageId, now: number): boolean {
  return isMessageId(id) && Math.abs(now - messageIdTime(id)) < YOUNG_MS;
}

/** A receiver whose part of the push has not come to the history yet is accepted so far. */
async function deliveryTo({ archive }: MessageRoutesDeps, push: PushSummary, uid: string): Promise<DeliveryRecord> {
  const { items } = await archive.deliveries(push.message_id, { limit: 1, uid });
  const [found] = items;
  if (found !== undefined) return found;
  const recorded = Object.values(push.counts).reduce((total, count) => total + count, push.erased ?? 0);
  if (recorded >= push.accepted) throw new ApiError('NOT_FOUND', { params: { what: 'receiver' } });
  return { message_id: push.message_id, app: push.app, uid, status: 'accepted' };
}

/** What else there is to know; what does not answer is left out. */
async function factsAbout(deps: MessageRoutesDeps, push: PushSummary, delivery: DeliveryRecord): Promise<TraceFacts> {
  const { clock, ringPast, nodes, bus } = deps;
  const { status, uid, node, ring_version = 0 } = delivery;
  const ring = deps.ring();
  const facts: TraceFacts = { now: clock.now(), c_time: push.c_time };
  const document = await ringPast.version(ring_version, ring).catch(() => undefined);
  if (document !== undefined) facts.place = locate(ringPast.built(document), uid);
  if (status === 'accepted' || status === 'queued') {
    facts.nodes = new Set(ring.nodes.map(({ id }) => id));
    facts.lag = await lagOf(bus, delivery).catch(() => undefined);
  }
  if (status === 'routed') {
    const silent = await silentOf(nodes, ring, node);
    facts.nodes = new Set(ring.nodes.filter(({ id }) => id !== silent).map(({ id }) => id));
    facts.online = await nodes.presence(push.app, [uid]).then(
      ([row]) => row?.online,
      () => undefined,
    );
  }
  return facts;
}

async function silentOf(nodes: Pick<Nodes, 'stats'>, ring: RingDocument, id: string | undefined) {
  const node = ring.nodes.find((one) => one.id === id);
  return node !== undefined && (await nodes.stats(node)) === undefined ? node.id : undefined;
}

async function lagOf(bus: Pick<Bus, 'lag'>, { partition, offset }: DeliveryRecord): Promise<number | undefined> {
  if (partition === undefined || offset === undefined) return undefined;
  const lags = await bus.lag('delivery', 'pushes');
  const { committed } = lags.find((lag) => lag.partition === partition) ?? { committed: 0 };
  return Math.max(0, offset + 1 - committed);
}

/** `hidden`: apps whose words this operator may not read. */
export function messageRow(push: PushSummary, hidden: ReadonlySet<string>): MessageRow {
  const { message_id, app, platforms, message, c_time, ttl_s, accepted, counts, last_at, erased } = push;
  const { title, content, content_type, extras } = message;
  const isPrivate = hidden.has(app);
  return {
    message_id,
    app_key: app,
    platform: platformText(platforms),
    message: isPrivate
      ? { content: '', ...(content_type !== undefined && { content_type }) }
      : {
          content,
          ...(title !== undefined && { title }),
          ...(content_type !== undefined && { content_type }),
          ...(extras !== undefined && { extras }),
        },
    ...{ c_time, ttl_s, accepted, counts },
    ...(isPrivate && { private: true }),
    ...(last_at !== undefined && { last_at }),
    ...(erased !== undefined && { erased }),
  };
}

export function deliveryRow({ app: _app, ...row }: DeliveryRecord): DeliveryRow {
  return row;
}
