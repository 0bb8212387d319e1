// What a route says about itself in the OpenAPI document, from the schemas that its handler parses with.
import { ERRORS, type ErrorCode, failureSchema } from '@message-push/protocol';
import { RIGHTS } from '@message-push/protocol/admin';
import type { ZodType } from 'zod';
import type { Right } from './admin/guard.ts';

export interface RouteFacts {
  tag: 'pushes' | 'history' | 'tokens' | 'users' | 'platform' | 'admin';
  summary: string;
  description?: string;
  body?: ZodType;
  params?: ZodType;
  querystring?: ZodType;
  headers?: ZodType;
  /** Of the whole answer, or what it is when it is no JSON. */
  answer?: ZodType | { description: string; content: Record<string, { schema: ZodType }> };
  /** Codes of its own, besides those that every route can answer. */
  errors?: ErrorCode[];
  /** Who may call: an app with its credential (default), or everybody. */
  caller?: 'app' | 'anybody';
  /** Who may call a route of the console, see routes/admin/guard.ts. */
  right?: Right;
}

const EVERYWHERE: ErrorCode[] = ['INTERNAL', 'NOT_READY', 'DRAINING'];
const OF_APPS: ErrorCode[] = ['INVALID_AUTHORIZATION', 'ADDRESS_NOT_ALLOWED', 'RATE_LIMITED', 'DATABASE_UNAVAILABLE'];
const OF_OPERATORS: ErrorCode[] = ['NOT_SIGNED_IN', 'FORBIDDEN', 'START_PASSWORD', 'DATABASE_UNAVAILABLE'];
const WITH_BODY: ErrorCode[] = ['NOT_JSON', 'INVALID_BODY', 'BODY_TOO_LARGE', 'UNSUPPORTED_MEDIA_TYPE'];

/** The schema of a route for Fastify. */
export function documented(facts: RouteFacts) {
  const { tag, summary, answer, errors = [], right } = facts;
  const caller = callerOf(facts);
  const codes = [...errors];
  if (caller !== 'anybody') codes.push(...EVERYWHERE, ...(caller === 'app' ? OF_APPS : OF_OPERATORS));
  if (facts.body !== undefined) codes.push(...WITH_BODY);
  const response: Record<string, unknown> = {};
  if (answer !== undefined) response[200] = answer;
  const byStatus = Map.groupBy(new Set(codes), (code) => ERRORS[code].http);
  for (const [status, found] of [...byStatus].sort(([a], [b]) => a - b)) {
    const content = { 'application/json': { schema: failureSchema } };
    response[status] = { description: found.join(', '), content };
  }
  const security = caller === 'anybody' ? [] : [caller === 'app' ? { basic: [] } : { operator: [] }];
  const { body, params, querystring, headers } = facts;
  const description = [facts.description, rolesOf(right)].filter(Boolean).join(' ');
  return {
    tags: [tag],
    summary,
    security,
    response,
    ...(right !== undefined && { 'x-right': right }),
    ...(description !== '' && { description }),
    ...(body !== undefined && { body }),
    ...(params !== undefined && { params }),
    ...(querystring !== undefined && { querystring }),
    ...(headers !== undefined && { headers }),
  };
}

function callerOf({ right, caller = 'app' }: RouteFacts): 'app' | 'operator' | 'anybody' {
  if (right === undefined) return caller;
  return right === 'anybody' ? 'anybody' : 'operator';
}

/** The roles that an action is open to, as a sentence. */
function rolesOf(right: Right | undefined): string {
  if (right === undefined || right === 'anybody' || right === 'session' || right === 'signedIn') return '';
  return `For ${RIGHTS[right].join(', ')}.`;
}
