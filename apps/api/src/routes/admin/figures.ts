// /admin/v1/messages/…: the history in numbers, what helps to write a query, and the whole of its result as a file.
import type { Archive, PushQuery } from '@message-push/archive';
import type { Database } from '@message-push/database';
import {
  ApiError,
  DELIVERY_STATUSES,
  type DeliveryStatus,
  PLATFORMS,
  parseInput,
  RECORDED_REASONS,
  type RingDocument,
  successSchema,
} from '@message-push/protocol';
import {
  bucketSchema,
  clauseCountSchema,
  EXPORT_ROWS_MAX,
  exportFormat,
  FAILED,
  failureReasonSchema,
  formatClause,
  funnelSchema,
  histogramQuerySchema,
  latencySchema,
  messagesFilterSchema,
  suggestQuerySchema,
} from '@message-push/protocol/admin';
import type { FastifyRequest } from 'fastify';
import { string, type ZodType } from 'zod';
import { languageOf, success } from '../../answers.ts';
import { failuresOf, latencyOf } from '../../delivery-figures.ts';
import { EXPORT_TYPES, exported } from '../../export-rows.ts';
import type { Server } from '../../http.ts';
import { type AskedQuery, askedQuery, clauseAlone, placedError } from '../../message-query.ts';
import { documented } from '../documented.ts';
import { visibleApps } from './guard.ts';
import { messageRow } from './messages.ts';
import type { PrivateApps } from './private-apps.ts';
import { ADMIN } from './session.ts';

export interface FigureRoutesDeps {
  archive: Archive;
  database: Pick<Database, 'apps'>;
  clock: { now(): number };
  ring(): RingDocument;
  privateApps: PrivateApps;
}

/** Deliveries that percentiles and reasons are taken from. */
const SAMPLE = 1_000;
const REASONS_MAX = 5;
const SUGGESTIONS_MAX = 10;
/** Pushes that values of fields are taken from. */
const SUGGEST_FROM = 200;
const EXPORT_PAGE = 200;
/** Exports under way in this process; each holds one page of rows. */
const EXPORTS_MAX = 8;

type Filtered<S extends ZodType> = (asked: AskedQuery, fields: import('zod').infer<S>) => Promise<object>;

export function figureRoutes(app: Server, deps: FigureRoutesDeps): void {
  const { archive } = deps;

  /** A route that answers `messagesFilterSchema` (or more) with what `read` makes of the query. */
  function figure<S extends ZodType>(path: string, summary: string, schema: S, answer: ZodType, read: Filtered<S>) {
    app.route({
      method: 'GET',
      url: `${ADMIN}/messages/${path}`,
      schema: documented({
        tag: 'admin',
        summary,
        right: 'read',
        querystring: schema,
        answer: successSchema(answer),
        errors: ['INVALID_QUERY', 'ARCHIVE_UNAVAILABLE'],
      }),
      handler: async (request) => {
        const fields = parseInput(schema, request.query, 'INVALID_QUERY', languageOf(request));
        const asked = await askedOf(deps, request);
        const found = await read(asked, fields).catch((error: unknown) => {
          throw placedError(error, asked.clauses);
        });
        return Array.isArray(found) ? success(...found) : success(found);
      },
    });
  }

  figure(
    'histogram',
    'Deliveries per status and interval',
    histogramQuerySchema,
    bucketSchema,
    ({ query }, { interval_ms }) => archive.histogram(query, interval_ms),
  );
  figure('funnel', 'Deliveries that got at least so far', messagesFilterSchema, funnelSchema, ({ query }) =>
    archive.funnel(query),
  );
  figure(
    'latency',
    'How long each hop took, of the newest deliveries that arrived',
    messagesFilterSchema,
    latencySchema,
    async ({ query }) => latencyOf(await sampled(archive, query, ['written', 'acked'])),
  );
  figure(
    'failures',
    'Why the newest deliveries that did not arrive ended',
    messagesFilterSchema,
    failureReasonSchema,
    async ({ query }) => failuresOf(await sampled(archive, query, FAILED), REASONS_MAX),
  );
  clausesRoute(app, deps);
  suggestRoute(app, deps);
  exportRoute(app, deps);
}

function clausesRoute(app: Server, deps: FigureRoutesDeps): void {
  const { archive, privateApps } = deps;
  app.route({
    method: 'GET',
    url: `${ADMIN}/messages/clauses`,
    schema: documented({
      tag: 'admin',
      summary: 'How much each clause of a query finds alone',
      right: 'read',
      querystring: messagesFilterSchema,
      answer: successSchema(clauseCountSchema),
      errors: ['INVALID_QUERY', 'ARCHIVE_UNAVAILABLE'],
    }),
    handler: async (request) => {
      const asked = await askedOf(deps, request);
      const visible = privateApps.visible(request);
      const rows = asked.clauses.map(async (clause) => {
        const { total, totalIsLowerBound } = await archive
          .search(await clauseAlone(asked, clause, visible), { limit: 1 })
          .catch((error: unknown) => {
            throw placedError(error, asked.clauses);
          });
        return { clause: formatClause(clause), total, total_is_lower_bound: totalIsLowerBound };
      });
      return success(...(await Promise.all(rows)));
    },
  });
}

function suggestRoute(app: Server, deps: FigureRoutesDeps): void {
  app.route({
    method: 'GET',
    url: `${ADMIN}/messages/suggest`,
    schema: documented({
      tag: 'admin',
      summary: 'Values of a field that a query may name',
      right: 'read',
      querystring: suggestQuerySchema,
      answer: successSchema(string()),
      errors: ['INVALID_QUERY', 'ARCHIVE_UNAVAILABLE'],
    }),
    handler: async (request) => {
      const language = languageOf(request);
      const { field, prefix } = parseInput(suggestQuerySchema, request.query, 'INVALID_QUERY', language);
      const beginning = prefix.toLowerCase();
      const values = new Set(await valuesOf(deps, request, field));
      const fitting = [...values].filter((value) => value.toLowerCase().startsWith(beginning));
      return success(...fitting.slice(0, SUGGESTIONS_MAX));
    },
  });
}

/** The most frequent ones first, where they are taken from what was sent lately. */
async function valuesOf(deps: FigureRoutesDeps, request: FastifyRequest, field: string): Promise<string[]> {
  const { archive, database, ring } = deps;
  const apps = visibleApps(request);
  if (field === 'status') return [...DELIVERY_STATUSES, 'failed'];
  if (field === 'platform') return [...PLATFORMS];
  if (field === 'reason') return [...RECORDED_REASONS];
  if (field === 'node') return ring().nodes.map(({ id }) => id);
  if (field === 'app')
    return (await database.apps.list()).map(({ id }) => id).filter((id) => apps === undefined || apps.has(id));
  if (field !== 'content_type') return [];
  const { query } = await askedOf(deps, request);
  const { items } = await archive.search(query, { limit: SUGGEST_FROM });
  const counts = new Map<string, number>();
  for (const { message } of items) {
    const type = message.content_type ?? '';
    if (type !== '') counts.set(type, (counts.get(type) ?? 0) + 1);
  }
  return [...counts].sort(([, a], [, b]) => b - a).map(([type]) => type);
}

const exportSchema = messagesFilterSchema.extend(exportFormat);
const COLUMNS = [
  ...['time', 'message_id', 'app', 'title', 'content', 'content_type', 'extras', 'platform', 'ttl_s', 'accepted'],
  ...DELIVERY_STATUSES,
];

function exportRoute(app: Server, deps: FigureRoutesDeps): void {
  const { archive, privateApps, clock } = deps;
  let running = 0;
  app.route({
    method: 'GET',
    url: `${ADMIN}/messages/export`,
    schema: documented({
      tag: 'admin',
      summary: 'What a query finds, as a file',
      description: `CSV or NDJSON, newest first, at most ${EXPORT_ROWS_MAX} messages.`,
      right: 'read',
      querystring: exportSchema,
      answer: {
        description: 'One line for each message; deliveries are counted by status.',
        content: { 'text/csv': { schema: string() }, 'application/x-ndjson': { schema: string() } },
      },
      errors: ['INVALID_QUERY', 'OVERLOADED', 'ARCHIVE_UNAVAILABLE'],
    }),
    handler: async (request, reply) => {
      const { format } = parseInput(exportSchema, request.query, 'INVALID_QUERY', languageOf(request));
      const asked = await askedOf(deps, request);
      const hidden = await privateApps.hiddenFrom(request);
      if (running >= EXPORTS_MAX) throw new ApiError('OVERLOADED', { retryAfterS: 5 });
      running++;
      try {
        const first = await firstPage(archive, asked);
        const file = exported(rowsOf(archive, asked.query, first, hidden), {
          format,
          columns: COLUMNS,
          max: EXPORT_ROWS_MAX,
        });
        file.once('close', () => {
          running--;
        });
        const name = `messages-${new Date(clock.now()).toISOString().slice(0, 19).replaceAll(':', '')}.${format}`;
        return reply
          .header('content-type', EXPORT_TYPES[format])
          .header('content-disposition', `attachment; filename="${name}"`)
          .send(file);
      } catch (error) {
        running--;
        throw error;
      }
    },
  });
}

type Found = Awaited<ReturnType<Archive['search']>>;

/** Read before the answer begins, so that what is wrong with the query is still an error. */
function firstPage(archive: Archive, { query, clauses }: AskedQuery): Promise<Found> {
  return archive.search(query, { limit: EXPORT_PAGE }).catch((error: unknown) => {
    throw placedError(error, clauses);
  });
}

async function* rowsOf(archive: Archive, query: PushQuery, first: Found, hidden: ReadonlySet<string>) {
  for (let found = first; ; ) {
    yield found.items.map((push) => {
      const { app_key, c_time, message, platform, ttl_s, accepted, message_id, counts } = messageRow(push, hidden);
      const time = new Date(c_time).toISOString();
      return { time, message_id, app: app_key, ...message, platform, ttl_s, accepted, ...counts };
    });
    if (found.cursor === undefined) return;
    found = await archive.search(query, { limit: EXPORT_PAGE, cursor: found.cursor });
  }
}

async function askedOf({ privateApps, clock }: FigureRoutesDeps, request: FastifyRequest): Promise<AskedQuery> {
  const language = languageOf(request);
  const filter = parseInput(messagesFilterSchema, request.query, 'INVALID_QUERY', language);
  return askedQuery(filter, privateApps.visible(request), { now: clock.now(), language });
}

/** Of those that the query asks for the ones in these statuses. */
async function sampled(archive: Archive, query: PushQuery, statuses: readonly DeliveryStatus[]) {
  const status = statuses.filter((one) => query.status?.includes(one) ?? true);
  return status.length === 0 ? [] : archive.sample({ ...query, status }, SAMPLE);
}
