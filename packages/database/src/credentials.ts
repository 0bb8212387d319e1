// Credentials: secrets shown once and stored as HMACs, their rotation, and the check that the platform's door asks for.
import { randomBytes, randomUUID } from 'node:crypto';
import { ApiError } from '@message-push/protocol';
import type { Credential as CredentialRow, Prisma } from '../generated/client/client.ts';
import { appFrom, withNames } from './apps.ts';
import type { Connection, Transaction } from './connection.ts';
import { notFound, taken } from './errors.ts';
import { importedSecretSchema, parse } from './input.ts';
import type { Peppers } from './pepper.ts';
import { hintOf, makeSecret } from './secrets.ts';
import type { Credential, CredentialCheck, Credentials } from './types.ts';

const SECRET_BYTES = 32;
/** How long a secret lives on whose successor was used for the first time. */
export const FIRST_USE_GRACE_S = 3_600;

export interface CredentialOptions {
  peppers: Peppers;
  credentialsMax: number;
}

export function createCredentials(connection: Connection, { peppers, credentialsMax }: CredentialOptions): Credentials {
  const { prisma, clock, call, change } = connection;

  /** Stores a secret for an app that exists and has room. */
  async function store(tx: Transaction, app: string, secret: string, expiresAt: Date | null): Promise<Credential> {
    const now = new Date(clock.now());
    if (!(await tx.app.findUnique({ where: { id: app } }))) throw notFound('app');
    const usable = await tx.credential.count({ where: { appId: app, ...usableAt(now) } });
    if (usable >= credentialsMax)
      throw new ApiError('RATE_LIMITED', { params: { what: 'credentials', limit: String(credentialsMax) } });
    const { pepperId, hmac } = peppers.hash(secret);
    const data = {
      id: randomUUID(),
      appId: app,
      secretHmac: Buffer.from(hmac),
      pepperId,
      hint: hintOf(secret),
      createdAt: now,
      expiresAt,
    };
    return credentialFrom(await tx.credential.create({ data }));
  }

  return {
    issue: (app, { expires_at, environment = 'live' } = {}) =>
      change('credentials.issue', async (tx) => {
        const secret = makeSecret(environment, randomBytes(SECRET_BYTES));
        return { credential: await store(tx, app, secret, expires_at ?? null), secret };
      }),
    import: (app, given) =>
      change('credentials.import', async (tx) => {
        const { secret } = parse(importedSecretSchema, { secret: given });
        const known = await tx.credential.findFirst({ where: withSecret(peppers, app, secret) });
        if (known?.revokedAt) throw taken('secret'); // a secret that was revoked never comes back
        return known ? credentialFrom(known) : store(tx, app, secret, null);
      }),
    rotate: (app, grace, environment = 'live') =>
      change('credentials.rotate', async (tx) => {
        const now = new Date(clock.now());
        if (grace !== 'first_use') await replaceAll(tx, app, now, new Date(now.getTime() + grace * 1000));
        const secret = makeSecret(environment, randomBytes(SECRET_BYTES));
        const credential = await store(tx, app, secret, null);
        if (grace === 'first_use') await waitForUse(tx, credential, now);
        return { credential, secret };
      }),
    get: (id) =>
      call('credentials.get', async () => {
        const row = await prisma.credential.findUnique({ where: { id } });
        return row ? credentialFrom(row) : undefined;
      }),
    revoke: (id) =>
      change('credentials.revoke', async (tx) => {
        const row = await tx.credential.findUnique({ where: { id } });
        if (!row) throw notFound('credential');
        if (row.revokedAt) return credentialFrom(row);
        return credentialFrom(
          await tx.credential.update({ where: { id }, data: { revokedAt: new Date(clock.now()) } }),
        );
      }),
    list: (app) =>
      call('credentials.list', async () => {
        const rows = await prisma.credential.findMany({
          where: { appId: app },
          orderBy: [{ createdAt: 'desc' }, { id: 'asc' }],
        });
        return rows.map(credentialFrom);
      }),
    check: (app, secret, now) => call('credentials.check', () => check(connection, peppers, app, secret, now)),
    used: (uses) => call('credentials.used', () => noteUses(connection, uses)),
  };
}

function credentialFrom(row: CredentialRow): Credential {
  const state = row.revokedAt ? 'revoked' : row.grace ? 'grace' : 'live';
  return {
    id: row.id,
    app: row.appId,
    hint: row.hint,
    state,
    created_at: row.createdAt,
    expires_at: row.expiresAt,
    revoked_at: row.revokedAt,
    last_used_at: row.lastUsedAt,
    until_use_of: row.untilUseOf,
  };
}

/** The database finds the row by its HMAC, which says nothing about the secret; the comparison itself takes constant time. */
async function check(
  { prisma }: Connection,
  peppers: Peppers,
  app: string,
  secret: string,
  now: Date,
): Promise<CredentialCheck> {
  const found = await prisma.credential.findFirst({
    where: withSecret(peppers, app, secret),
    include: { app: { include: withNames } },
  });
  if (!found || !peppers.matches(secret, found)) {
    const known = await prisma.app.findUnique({ where: { id: storableId(app) }, select: { id: true } });
    return { ok: false, reason: known ? 'wrong' : 'unknown' };
  }
  if (found.revokedAt) return { ok: false, reason: 'revoked' };
  if (found.expiresAt && found.expiresAt <= now) return { ok: false, reason: 'expired' };
  if (found.app.state === 'disabled') return { ok: false, reason: 'disabled' };
  if (found.pepperId !== peppers.first) await renew(prisma, peppers, found.id, secret);
  return { ok: true, app: appFrom(found.app), credential: credentialFrom(found) };
}

/** So that an old pepper can be taken out of the configuration once everybody called. */
async function renew(prisma: Connection['prisma'], peppers: Peppers, id: string, secret: string): Promise<void> {
  const { pepperId, hmac } = peppers.hash(secret);
  await prisma.credential.updateMany({ where: { id }, data: { pepperId, secretHmac: Buffer.from(hmac) } });
}

function withSecret(peppers: Peppers, app: string, secret: string): Prisma.CredentialWhereInput {
  return { appId: storableId(app), secretHmac: { in: peppers.hashes(secret).map((hmac) => Buffer.from(hmac)) } };
}

/** Anything may stand in a header; the database refuses NUL. */
function storableId(app: string): string {
  return app.includes('\0') ? '' : app;
}

function usableAt(now: Date): Prisma.CredentialWhereInput {
  return { revokedAt: null, OR: [{ expiresAt: null }, { expiresAt: { gt: now } }] };
}

/** With a grace time the others end then, or earlier if they would have ended anyway; without one they are revoked. */
async function replaceAll(tx: Transaction, app: string, now: Date, end: Date): Promise<void> {
  const others = { appId: app, ...usableAt(now) };
  if (end <= now) {
    await tx.credential.updateMany({ where: others, data: { revokedAt: now } });
    return;
  }
  await tx.credential.updateMany({ where: { ...others, expiresAt: { lte: end } }, data: { grace: true } });
  await tx.credential.updateMany({
    where: { appId: app, revokedAt: null, OR: [{ expiresAt: null }, { expiresAt: { gt: end } }] },
    data: { grace: true, expiresAt: end, untilUseOf: null },
  });
}

/** All others wait for the first use of this one, also those that waited for another. */
async function waitForUse(tx: Transaction, { id, app }: Credential, now: Date): Promise<void> {
  const others = { appId: app, id: { not: id }, ...usableAt(now) };
  await tx.credential.updateMany({ where: others, data: { grace: true, untilUseOf: id } });
}

async function noteUses(connection: Connection, uses: { id: string; at: Date }[]): Promise<void> {
  if (uses.length === 0) return;
  const { pool, prisma } = connection;
  const waiting = await prisma.credential.count({ where: { untilUseOf: { in: uses.map(({ id }) => id) } } });
  if (waiting > 0) await endWaiting(connection, uses);
  await pool.query(
    `UPDATE credentials SET last_used_at = uses.at
     FROM (SELECT id, max(at) AS at FROM unnest($1::text[], $2::timestamp[]) AS given (id, at) GROUP BY id) AS uses
     WHERE credentials.id = uses.id AND (last_used_at IS NULL OR last_used_at < uses.at)`,
    [uses.map(({ id }) => id), uses.map(({ at }) => at.toISOString())],
  );
}

/** Before the use itself is noted: told again after a crash in between, it ends nothing twice. */
function endWaiting({ change }: Connection, uses: { id: string; at: Date }[]): Promise<void> {
  return change('credentials.firstUse', async (tx) => {
    for (const { id, at } of uses) {
      const end = new Date(at.getTime() + FIRST_USE_GRACE_S * 1000);
      const waiting = { untilUseOf: id, OR: [{ expiresAt: null }, { expiresAt: { gt: end } }] };
      await tx.credential.updateMany({ where: waiting, data: { expiresAt: end } });
      await tx.credential.updateMany({ where: { untilUseOf: id }, data: { untilUseOf: null } });
    }
  });
}
