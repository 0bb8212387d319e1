// Apps with their names (own id and aliases) and settings.
import { randomBytes } from 'node:crypto';
import { ApiError } from '@message-push/protocol';
import type { Prisma } from '../generated/client/client.ts';
import type { Connection, Transaction } from './connection.ts';
import { notFound, taken } from './errors.ts';
import { appChangeSchema, newAppSchema, parse } from './input.ts';
import { APP_SETTINGS, changedSettings, readSettings } from './settings.ts';
import type { App, AppSettings, Apps } from './types.ts';

/** What is read with each app. */
export const withNames = { names: { select: { name: true }, orderBy: { name: 'asc' } } } satisfies Prisma.AppInclude;
type AppRow = Prisma.AppGetPayload<{ include: typeof withNames }>;

export function createApps({ prisma, clock, call, change }: Connection): Apps {
  return {
    create: (input) =>
      change('apps.create', async (tx) => {
        const fields = parse(newAppSchema, {
          id: input.id ?? randomBytes(8).toString('hex'),
          name: input.name,
          aliases: input.aliases ?? [],
        });
        const settings = changedSettings(APP_SETTINGS, input.settings ?? {});
        const { id, name } = fields;
        if (await tx.app.findUnique({ where: { id } })) throw taken('id');
        const createdBy = input.created_by ?? null;
        await tx.app.create({
          data: { id, name, settings: stored(settings), createdAt: new Date(clock.now()), createdBy },
        });
        await setNames(tx, id, fields.aliases);
        return required(tx, id);
      }),
    get: (id) =>
      call('apps.get', async () => {
        const row = await prisma.app.findUnique({ where: { id }, include: withNames });
        return row ? appFrom(row) : undefined;
      }),
    resolve: (name) =>
      call('apps.resolve', async () => {
        const row = await prisma.appName.findUnique({ where: { name }, include: { app: { include: withNames } } });
        return row ? appFrom(row.app) : undefined;
      }),
    list: () =>
      call('apps.list', async () => {
        const rows = await prisma.app.findMany({ include: withNames, orderBy: [{ createdAt: 'asc' }, { id: 'asc' }] });
        return rows.map(appFrom);
      }),
    update: (id, wanted) =>
      change('apps.update', async (tx) => {
        const { name, aliases } = parse(appChangeSchema, wanted);
        const current = await required(tx, id);
        const settings = changedSettings(current.settings, wanted.settings ?? {});
        await tx.app.update({
          where: { id },
          data: { name: name ?? current.name, state: wanted.state ?? current.state, settings: stored(settings) },
        });
        if (aliases) await setNames(tx, id, aliases);
        return required(tx, id);
      }),
    remove: (id) =>
      change('apps.remove', async (tx) => {
        const app = await required(tx, id);
        if (app.state !== 'disabled') throw new ApiError('NOT_DISABLED', { params: { what: `app ${id}` } });
        await tx.app.delete({ where: { id } });
        return app;
      }),
  };
}

export function appFrom(row: AppRow): App {
  return {
    id: row.id,
    name: row.name,
    aliases: row.names.map(({ name }) => name).filter((name) => name !== row.id),
    state: row.state,
    settings: readSettings(row.id, row.settings),
    created_at: row.createdAt,
    ...(row.createdBy !== null && { created_by: row.createdBy }),
  };
}

/** A name belongs to one app; the transaction sees all names, since changes are made one at a time. */
async function setNames(tx: Transaction, id: string, aliases: string[]): Promise<void> {
  const wanted = [...new Set([id, ...aliases])];
  const others = await tx.appName.findMany({ where: { name: { in: wanted }, appId: { not: id } } });
  const [other] = others;
  if (other) throw taken(other.name === id ? 'id' : `aliases[${aliases.indexOf(other.name)}]`);
  await tx.appName.deleteMany({ where: { appId: id } });
  await tx.appName.createMany({ data: wanted.map((name) => ({ name, appId: id })) });
}

async function required(tx: Transaction, id: string): Promise<App> {
  const row = await tx.app.findUnique({ where: { id }, include: withNames });
  if (!row) throw notFound('app');
  return appFrom(row);
}

function stored(settings: Partial<AppSettings>): Prisma.InputJsonObject {
  return { ...settings };
}
