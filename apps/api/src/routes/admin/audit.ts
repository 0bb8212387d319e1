// /admin/v1/audit: who did what, when, to what; by pages and as a file.
import type { AuditFilter, AuditRecord, Database } from '@message-push/database';
import { pageSchema, parseInput, timeOf } from '@message-push/protocol';
import {
  type AuditQuery,
  type AuditRow,
  auditQuerySchema,
  auditRowSchema,
  EXPORT_ROWS_MAX,
  exportFormat,
} from '@message-push/protocol/admin';
import type { Clock } from '@message-push/runtime';
import { string } from 'zod';
import { languageOf, success } from '../../answers.ts';
import { EXPORT_TYPES, exported } from '../../export-rows.ts';
import type { Server } from '../../http.ts';
import { documented } from '../documented.ts';
import type { GuardDeps } from './guard.ts';
import { ADMIN } from './session.ts';

export interface AuditRoutesDeps extends GuardDeps {
  clock: Clock;
}

const EXPORT_PAGE = 500;
const COLUMNS = ['id', 'at', 'actor', 'action', 'target', 'before', 'after', 'ip'];
const exportQuerySchema = auditQuerySchema.omit({ cursor: true, limit: true }).extend(exportFormat);

export function auditRoutes(app: Server, { database, clock }: AuditRoutesDeps): void {
  app.route({
    method: 'GET',
    url: `${ADMIN}/audit`,
    schema: documented({
      tag: 'admin',
      summary: 'The audit log, newest first',
      right: 'audit',
      querystring: auditQuerySchema,
      answer: pageSchema(auditRowSchema),
      errors: ['INVALID_QUERY'],
    }),
    handler: async (request) => {
      const query = parseInput(auditQuerySchema, request.query, 'INVALID_QUERY', languageOf(request));
      const { limit } = query;
      const { items, cursor } = await database.audit.list(
        { limit, cursor: query.cursor },
        filterOf(query, clock.now()),
      );
      return { ...success(...items.map(auditRow)), ...(cursor !== undefined && { cursor }) };
    },
  });

  app.route({
    method: 'GET',
    url: `${ADMIN}/audit/export`,
    schema: documented({
      tag: 'admin',
      summary: 'The audit log as a file, CSV or NDJSON',
      description: `At most ${EXPORT_ROWS_MAX} rows, newest first.`,
      right: 'audit',
      querystring: exportQuerySchema,
      answer: { description: 'A file', content: { 'text/csv': { schema: string() } } },
      errors: ['INVALID_QUERY'],
    }),
    handler: async (request, reply) => {
      const query = parseInput(exportQuerySchema, request.query, 'INVALID_QUERY', languageOf(request));
      const { format } = query;
      const pages = pagesOf(database, filterOf(query, clock.now()));
      // Before the head of the answer: a database that is away is an error, not an empty file.
      await database.ping();
      return reply
        .header('content-type', EXPORT_TYPES[format])
        .header('content-disposition', `attachment; filename="audit.${format}"`)
        .send(exported(pages, { format, columns: COLUMNS, max: EXPORT_ROWS_MAX }));
    },
  });
}

async function* pagesOf(database: Database, filter: AuditFilter) {
  let cursor: string | undefined;
  do {
    const page = await database.audit.list({ limit: EXPORT_PAGE, cursor }, filter);
    yield page.items.map((record) => ({ ...auditRow(record), at: record.at.toISOString() }));
    cursor = page.cursor;
  } while (cursor !== undefined);
}

function filterOf({ actor, action, target, from, to }: Omit<AuditQuery, 'cursor' | 'limit'>, now: number): AuditFilter {
  const at = (text: string | undefined) => {
    const time = text === undefined ? undefined : timeOf(text, now);
    return time === undefined ? undefined : new Date(time);
  };
  return { actor: actor?.trim().toLowerCase(), action, target, from: at(from), to: at(to) };
}

function auditRow({ id, at, actor, action, target, before, after, ip }: AuditRecord): AuditRow {
  return { id, at: at.getTime(), actor, action, target, before: before ?? null, after: after ?? null, ip };
}
