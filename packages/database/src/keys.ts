// Signing keys of apps: encrypted at rest, since HS256 needs the key itself.
import { randomBytes, randomUUID } from 'node:crypto';
import { ApiError } from '@message-push/protocol';
import type { Connection } from './connection.ts';
import { notFound } from './errors.ts';
import { keySchema, parse } from './input.ts';
import type { Peppers } from './pepper.ts';
import type { Keys } from './types.ts';

const KEY_BYTES = 32;
/** Two, so that an app can change its key without a gap. */
const LIVE_MAX = 2;

export function createKeys({ prisma, clock, call, change }: Connection, peppers: Peppers): Keys {
  return {
    live: (app) =>
      call('keys.live', async () => {
        const rows = await prisma.signingKey.findMany({
          where: { appId: app },
          orderBy: [{ createdAt: 'asc' }, { id: 'asc' }],
        });
        return rows.map((row) => ({ id: row.id, app, secret: peppers.open(row.id, row), created_at: row.createdAt }));
      }),
    add: (app, given) =>
      change('keys.add', async (tx) => {
        const { secret } = parse(keySchema, { secret: given ?? randomBytes(KEY_BYTES) });
        if (!(await tx.app.findUnique({ where: { id: app } }))) throw notFound('app');
        if ((await tx.signingKey.count({ where: { appId: app } })) >= LIVE_MAX) {
          throw new ApiError('RATE_LIMITED', { params: { what: 'signing keys', limit: String(LIVE_MAX) } });
        }
        const id = randomUUID();
        const { pepperId, sealed } = peppers.seal(id, secret);
        const createdAt = new Date(clock.now());
        await tx.signingKey.create({ data: { id, appId: app, pepperId, sealed: Buffer.from(sealed), createdAt } });
        return { id, app, secret, created_at: createdAt };
      }),
    remove: (id) =>
      change('keys.remove', async (tx) => {
        const { count } = await tx.signingKey.deleteMany({ where: { id } });
        if (count === 0) throw notFound('signing key');
      }),
  };
}

/** Seals keys of older peppers anew with the first. Done once at start: a key, unlike a secret, can be read back. */
export async function renewKeys({ prisma }: Connection, peppers: Peppers): Promise<number> {
  const known = peppers.ids.filter((id) => id !== peppers.first);
  const rows = await prisma.signingKey.findMany({ where: { pepperId: { in: known } } });
  for (const row of rows) {
    const { pepperId, sealed } = peppers.seal(row.id, peppers.open(row.id, row));
    await prisma.signingKey.updateMany({ where: { id: row.id }, data: { pepperId, sealed: Buffer.from(sealed) } });
  }
  return rows.length;
}
