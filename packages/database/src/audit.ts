// The audit log: who did what to what, with what changed, and no secrets.
import { Prisma } from '../generated/client/client.ts';
import type { Connection } from './connection.ts';
import { storable } from './input.ts';
import type { Audit, AuditFilter } from './types.ts';

const TEXT_CHARS_MAX = 256;
const PAGE_MAX = 500;
const SECRET_NAME = /secret|token$|password|pepper/i;

export function createAudit({ prisma, clock, call }: Connection): Audit {
  return {
    add: (record) =>
      call('audit.add', async () => {
        await prisma.auditRecord.create({
          data: {
            at: new Date(clock.now()),
            actor: storable(record.actor, TEXT_CHARS_MAX),
            action: storable(record.action, TEXT_CHARS_MAX),
            target: storable(record.target, TEXT_CHARS_MAX),
            before: storedJson(record.before),
            after: storedJson(record.after),
            ip: storable(record.ip, TEXT_CHARS_MAX),
          },
        });
      }),
    list: ({ limit, cursor }, filter = {}) =>
      call('audit.list', async () => {
        const size = Math.max(1, Math.min(limit, PAGE_MAX));
        const where = { ...whereOf(filter), ...(cursor !== undefined && { id: { lt: idOf(cursor) } }) };
        const rows = await prisma.auditRecord.findMany({ where, orderBy: { id: 'desc' }, take: size + 1 });
        const items = rows.slice(0, size).map((row) => ({ ...row, id: String(row.id) }));
        const last = items.at(-1);
        return rows.length > size && last ? { items, cursor: last.id } : { items };
      }),
  };
}

function whereOf({ actor, action, target, from, to }: AuditFilter): Prisma.AuditRecordWhereInput {
  return {
    ...(actor !== undefined && { actor: storable(actor, TEXT_CHARS_MAX) }),
    ...(action !== undefined && { action: { startsWith: literal(action) } }),
    ...(target !== undefined && { target: { startsWith: literal(target) } }),
    ...((from !== undefined || to !== undefined) && { at: { ...(from && { gte: from }), ...(to && { lt: to }) } }),
  };
}

/** Prisma hands the text to LIKE as it is. */
function literal(text: string): string {
  return storable(text, TEXT_CHARS_MAX).replace(/[\\%_]/g, '\\$&');
}

/** A cursor is the id of the last record seen; anything else starts before the first. */
function idOf(cursor: string): bigint {
  return /^\d{1,18}$/.test(cursor) ? BigInt(cursor) : 0n;
}

function storedJson(value: unknown): Prisma.InputJsonValue | typeof Prisma.DbNull {
  if (value === undefined || value === null) return Prisma.DbNull;
  // JSON.parse answers JSON, which is what the type says.
  return JSON.parse(JSON.stringify(value), keepStorable) as Prisma.InputJsonValue;
}

/** A record is never refused for a character that PostgreSQL cannot store, and never shows a secret. */
function keepStorable(key: string, value: unknown): unknown {
  if (SECRET_NAME.test(key) && typeof value === 'string') return '[secret]';
  return typeof value === 'string' ? storable(value, 10_000) : value;
}
