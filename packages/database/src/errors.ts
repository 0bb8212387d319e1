// What may go wrong in a database call, told apart by code and never by text.
import { ApiError } from '@message-push/protocol';
import pg from 'pg';
import { Prisma } from '../generated/client/client.ts';

/** Unique indexes → the field a caller knows. */
const TAKEN_FIELDS: Record<string, string> = {
  apps_pkey: 'id',
  app_names_pkey: 'aliases',
  credentials_app_id_secret_hmac_key: 'secret',
  operators_email_key: 'email',
  dead_letter_decisions_pkey: 'decision',
};

/** Foreign keys → what does not exist. */
const MISSING: Record<string, string> = {
  app_names_app_id_fkey: 'app',
  credentials_app_id_fkey: 'app',
  signing_keys_app_id_fkey: 'app',
  grants_app_id_fkey: 'app',
  grants_operator_id_fkey: 'operator',
  operator_sessions_operator_id_fkey: 'operator',
  operator_requests_operator_id_fkey: 'operator',
};

/** Prisma's codes for a database that did not answer (P1xxx: not reachable; P2024, P2028: no connection in time; P2034: lost a conflict; P2037: too many connections). */
const AWAY = new Set([
  'P1000',
  'P1001',
  'P1002',
  'P1003',
  'P1008',
  'P1010',
  'P1011',
  'P1017',
  'P2024',
  'P2028',
  'P2034',
  'P2037',
]);
/** SQLSTATE classes of the same: connection, log-in, no such database, resources, operator intervention, system, transaction lost, lock not available, read only. */
const AWAY_CLASSES = new Set(['28', '3D', '08', '53', '57', '58', '40', '55', '25']);

/** A database that cannot be used as it is: the message says what to do. */
export class DatabaseProblem extends Error {
  override name = 'DatabaseProblem';
}

export function taken(path: string): ApiError {
  return new ApiError('TAKEN', { params: { what: path }, details: [{ path, problem: 'is taken already' }] });
}

export function notFound(what: string): ApiError {
  return new ApiError('NOT_FOUND', { params: { what } });
}

/** The error that a caller of the contract gets. What is not understood, such as a TypeError, passes as it is. */
export function translate(error: unknown): unknown {
  if (error instanceof Prisma.PrismaClientKnownRequestError) return translateKnown(error);
  return isAway(error) ? new ApiError('DATABASE_UNAVAILABLE', { cause: error }) : error;
}

function isAway(error: unknown): boolean {
  if (error instanceof pg.DatabaseError) return AWAY_CLASSES.has((error.code ?? '').slice(0, 2));
  if (error instanceof Prisma.PrismaClientInitializationError) return true;
  if (error instanceof Prisma.PrismaClientUnknownRequestError) return true;
  // The driver says "connection ended" and "no answer in time" by a plain Error; nothing of ours throws one.
  return error instanceof Error && (error.constructor === Error || 'syscall' in error);
}

function translateKnown(error: Prisma.PrismaClientKnownRequestError): unknown {
  const constraint = constraintOf(error);
  if (error.code === 'P2002') return taken(TAKEN_FIELDS[constraint] ?? constraint);
  if (error.code === 'P2003') return notFound(MISSING[constraint] ?? constraint);
  if (error.code === 'P2025') return notFound('row');
  return AWAY.has(error.code) || AWAY_CLASSES.has(sqlStateOf(error).slice(0, 2))
    ? new ApiError('DATABASE_UNAVAILABLE', { cause: error })
    : error;
}

/** The parts of a driver's error that Prisma passes on. */
interface DriverCause {
  originalCode?: string;
  code?: string;
  constraint?: { index?: string; fields?: string[] };
}

function causeOf(error: Prisma.PrismaClientKnownRequestError): DriverCause {
  // Prisma types `meta` as a record of unknown; this is its documented content with a driver adapter.
  const meta = error.meta as { driverAdapterError?: { cause?: DriverCause } } | undefined;
  return meta?.driverAdapterError?.cause ?? {};
}

function constraintOf(error: Prisma.PrismaClientKnownRequestError): string {
  const { constraint } = causeOf(error);
  return constraint?.index ?? constraint?.fields?.join(', ') ?? 'value';
}

function sqlStateOf(error: Prisma.PrismaClientKnownRequestError): string {
  const { originalCode, code } = causeOf(error);
  return originalCode ?? code ?? '';
}
