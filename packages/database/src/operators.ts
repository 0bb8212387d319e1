// Operators: passwords as argon2id, sessions as SHA-256 of an opaque token, and what an owner may act for.
import { createHash, randomBytes, randomUUID } from 'node:crypto';
import { ApiError } from '@message-push/protocol';
import { hash as hashPassword, verify } from '@node-rs/argon2';
import type { Operator as OperatorRow, OperatorSession as SessionRow } from '../generated/client/client.ts';
import type { Connection, Transaction } from './connection.ts';
import { notFound } from './errors.ts';
import { operatorChangeSchema, operatorSchema, parse, passwordSchema, storable } from './input.ts';
import type { Operator, OperatorSession, Operators } from './types.ts';

/** OWASP's least cost for argon2id: 19 MiB, two passes; the library's default algorithm is argon2id. */
const COST = { memoryCost: 19_456, timeCost: 2, parallelism: 1 };
const TOKEN_BYTES = 32;
/** A session's last use is written at most this often. */
const SEEN_MS = 60_000;
const TEXT_CHARS_MAX = 256;

export interface OperatorOptions {
  idleMs: number;
  lifeMs: number;
  sessionsMax: number;
}

type SessionWithOperator = SessionRow & { operator: OperatorRow };

const ADMINS = { role: 'admin', disabled: false } as const;

export function createOperators(connection: Connection, options: OperatorOptions): Operators {
  const { prisma, clock, call, change } = connection;
  const at = () => new Date(clock.now());
  /** What an unknown name is compared with, so that it takes as long as a known one. */
  const nobody = hashPassword(randomBytes(TOKEN_BYTES), COST);
  nobody.catch(() => undefined); // reported where it is awaited

  return {
    create: (input) =>
      call('operators.create', async () =>
        operatorFrom(await prisma.operator.create({ data: await newOperator(input, at()) })),
      ),
    createFirst: (input) =>
      call('operators.createFirst', async () => {
        const data = await newOperator({ ...input, role: 'admin', must_change_password: false }, at());
        return change('operators.createFirst', async (tx) => {
          if ((await tx.operator.count({ where: ADMINS })) > 0) throw new ApiError('FORBIDDEN');
          return operatorFrom(await tx.operator.create({ data }));
        });
      }),
    hasAdmin: () => call('operators.hasAdmin', async () => (await prisma.operator.count({ where: ADMINS })) > 0),
    get: (id) =>
      call('operators.get', async () => {
        const row = await prisma.operator.findUnique({ where: { id } });
        return row ? operatorFrom(row) : undefined;
      }),
    list: () =>
      call('operators.list', async () => {
        const rows = await prisma.operator.findMany({ orderBy: [{ createdAt: 'asc' }, { id: 'asc' }] });
        return rows.map(operatorFrom);
      }),
    update: (id, wanted) =>
      change('operators.update', async (tx) => {
        const { name, role, disabled } = parse(operatorChangeSchema, wanted);
        const current = await required(tx, id);
        if (disabled) await tx.operatorSession.deleteMany({ where: { operatorId: id } });
        const data = {
          name: name ?? current.name,
          role: role ?? current.role,
          disabled: disabled ?? current.disabled,
        };
        const updated = await tx.operator.update({ where: { id }, data });
        if (isAdmin(current) && (await tx.operator.count({ where: ADMINS })) === 0) throw new ApiError('LAST_ADMIN');
        return operatorFrom(updated);
      }),
    signIn: (email, password, from) =>
      call('operators.signIn', async () => {
        const row = await prisma.operator.findUnique({ where: { email: nameOf(email) } });
        const right = await verify(row?.passwordHash ?? (await nobody), password.slice(0, TEXT_CHARS_MAX + 1));
        if (!right || !row || row.disabled) return undefined;
        const token = randomBytes(TOKEN_BYTES).toString('base64url');
        const now = at();
        const session = await prisma.operatorSession.create({
          data: {
            id: randomUUID(),
            tokenHash: tokenHashOf(token),
            operatorId: row.id,
            createdAt: now,
            lastSeenAt: now,
            ip: storable(from.ip, TEXT_CHARS_MAX),
            agent: storable(from.agent, TEXT_CHARS_MAX),
            beforeAt: row.signedInAt,
            beforeIp: row.signedInIp,
          },
        });
        const seen = { signedInAt: now, signedInIp: session.ip, lastSeenAt: now };
        const operator = await prisma.operator.update({ where: { id: row.id }, data: seen });
        await endOldest(connection, row.id, options.sessionsMax);
        return { token, session: sessionFrom({ ...session, operator }) };
      }),
    session: (token) =>
      call('operators.session', async () => {
        const row = await prisma.operatorSession.findUnique({
          where: { tokenHash: tokenHashOf(token) },
          include: { operator: true },
        });
        if (!row || row.operator.disabled || isOver(row, clock.now(), options)) return undefined;
        if (clock.now() - row.lastSeenAt.getTime() >= SEEN_MS) {
          await prisma.operatorSession.updateMany({ where: { id: row.id }, data: { lastSeenAt: at() } });
          await prisma.operator.updateMany({ where: { id: row.operatorId }, data: { lastSeenAt: at() } });
        }
        return sessionFrom(row);
      }),
    signOut: (token) =>
      call('operators.signOut', async () => {
        await prisma.operatorSession.deleteMany({ where: { tokenHash: tokenHashOf(token) } });
      }),
    sessions: (operator) =>
      call('operators.sessions', async () => {
        const rows = await prisma.operatorSession.findMany({
          where: { operatorId: operator },
          include: { operator: true },
          orderBy: { lastSeenAt: 'desc' },
        });
        return rows.filter((row) => !isOver(row, clock.now(), options)).map(sessionFrom);
      }),
    endSession: (id) =>
      call('operators.endSession', async () => {
        const { count } = await prisma.operatorSession.deleteMany({ where: { id } });
        if (count === 0) throw notFound('session');
      }),
    isPassword: (id, password) =>
      call('operators.isPassword', async () => {
        const row = await prisma.operator.findUnique({ where: { id }, select: { passwordHash: true } });
        const right = await verify(row?.passwordHash ?? (await nobody), password.slice(0, TEXT_CHARS_MAX + 1));
        return right && row !== null;
      }),
    setPassword: (id, password, mustChangePassword, keepSession) =>
      call('operators.setPassword', async () => {
        const passwordHash = await passwordHashOf(password);
        await prisma.$transaction(async (tx) => {
          await required(tx, id);
          await tx.operator.update({ where: { id }, data: { passwordHash, mustChangePassword } });
          await tx.operatorSession.deleteMany({ where: { operatorId: id, id: { not: keepSession ?? '' } } });
        });
      }),
    grants: (operator) =>
      call('operators.grants', async () => {
        const rows = await prisma.grant.findMany({ where: { operatorId: operator }, orderBy: { appId: 'asc' } });
        return rows.map((row) => row.appId);
      }),
    setGrants: (operator, apps) =>
      call('operators.setGrants', async () => {
        const data = [...new Set(apps)].map((appId) => ({ operatorId: operator, appId, createdAt: at() }));
        await prisma.$transaction([
          prisma.grant.deleteMany({ where: { operatorId: operator } }),
          prisma.grant.createMany({ data }),
        ]);
      }),
  };
}

async function newOperator(input: Parameters<Operators['create']>[0], createdAt: Date) {
  const { email, name, role } = parse(operatorSchema, input);
  const passwordHash = await passwordHashOf(input.password);
  const mustChangePassword = input.must_change_password;
  return { id: randomUUID(), email, name, role, passwordHash, mustChangePassword, createdAt };
}

function isAdmin({ role, disabled }: OperatorRow): boolean {
  return role === ADMINS.role && disabled === ADMINS.disabled;
}

/** Removes sessions that are over; they are refused anyway. */
export async function removeEndedSessions(
  { prisma, clock }: Connection,
  { idleMs, lifeMs }: OperatorOptions,
): Promise<void> {
  await prisma.operatorSession.deleteMany({
    where: {
      OR: [
        { lastSeenAt: { lt: new Date(clock.now() - idleMs) } },
        { createdAt: { lt: new Date(clock.now() - lifeMs) } },
      ],
    },
  });
}

function operatorFrom(row: OperatorRow): Operator {
  return {
    id: row.id,
    email: row.email,
    name: row.name,
    role: row.role,
    must_change_password: row.mustChangePassword,
    disabled: row.disabled,
    created_at: row.createdAt,
    last_seen_at: row.lastSeenAt,
  };
}

function sessionFrom(row: SessionWithOperator): OperatorSession {
  return {
    id: row.id,
    operator: operatorFrom(row.operator),
    created_at: row.createdAt,
    last_seen_at: row.lastSeenAt,
    ip: row.ip,
    agent: row.agent,
    ...(row.beforeAt !== null && { before: { at: row.beforeAt, ip: row.beforeIp ?? '' } }),
  };
}

function isOver(row: SessionRow, now: number, { idleMs, lifeMs }: OperatorOptions): boolean {
  return now - row.lastSeenAt.getTime() >= idleMs || now - row.createdAt.getTime() >= lifeMs;
}

async function endOldest({ prisma }: Connection, operatorId: string, sessionsMax: number): Promise<void> {
  const oldest = await prisma.operatorSession.findMany({
    where: { operatorId },
    orderBy: { lastSeenAt: 'desc' },
    skip: sessionsMax,
    select: { id: true },
  });
  if (oldest.length > 0) await prisma.operatorSession.deleteMany({ where: { id: { in: oldest.map(({ id }) => id) } } });
}

async function required(tx: Transaction, id: string): Promise<OperatorRow> {
  const row = await tx.operator.findUnique({ where: { id } });
  if (!row) throw notFound('operator');
  return row;
}

function passwordHashOf(password: string): Promise<string> {
  return hashPassword(parse(passwordSchema, { password }).password, COST);
}

/** As stored; what cannot be a name finds nobody. */
function nameOf(email: string): string {
  return storable(email.trim().toLowerCase(), TEXT_CHARS_MAX);
}

function tokenHashOf(token: string): Buffer<ArrayBuffer> {
  return Buffer.from(createHash('sha256').update(token).digest());
}
