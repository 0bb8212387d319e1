// /admin/v1: the operator's session and the health of the platform, for the console.
import cookie from '@fastify/cookie';
import type { Database, Operator, OperatorSession } from '@message-push/database';
import { ApiError, parseInput, successSchema } from '@message-push/protocol';
import {
  healthReportSchema,
  type OperatorSessionView,
  operatorSessionSchema,
  signInSchema,
} from '@message-push/protocol/admin';
import type { Clock } from '@message-push/runtime';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { object } from 'zod';
import { languageOf, success } from '../answers.ts';
import { Attempts, originOf, plainAddress } from '../attempts.ts';
import type { ApiConfig } from '../config.ts';
import type { Health } from '../health.ts';
import type { Server } from '../http.ts';
import { jsonBody } from './callers.ts';
import { documented } from './documented.ts';

const ADMIN = '/admin/v1';
const SESSION_COOKIE = 'mp_session';

export interface AdminRoutesDeps {
  config: ApiConfig;
  database: Database;
  clock: Clock;
  health: Health;
}

export function adminRoutes(app: Server, { config, database, clock, health }: AdminRoutesDeps): void {
  const attempts = new Attempts(config.signInsPerMinute);
  app.register(cookie);
  app.addHook('onRequest', (request, _reply, done) => {
    if (request.method !== 'GET' && request.method !== 'HEAD') refuseForeign(request, config.consoleOrigins);
    done();
  });

  app.route({
    method: 'POST',
    url: `${ADMIN}/session`,
    schema: documented({
      tag: 'admin',
      summary: 'Sign in',
      description: 'Sets the cookie of the session: for this site alone, unreadable for scripts.',
      caller: 'anybody',
      body: signInSchema,
      answer: successSchema(operatorSessionSchema),
      errors: ['WRONG_PASSWORD', 'FORBIDDEN', 'RATE_LIMITED', 'DATABASE_UNAVAILABLE'],
    }),
    handler: async (request, reply) => {
      const { email, password } = parseInput(signInSchema, jsonBody(request), 'INVALID_BODY', languageOf(request));
      const tried = [`address ${originOf(request.ip)}`, `name ${email.toLowerCase()}`];
      for (const origin of tried) mayTry(attempts, origin, clock.now(), config);
      const from = { ip: plainAddress(request.ip), agent: agentOf(request) };
      const signedIn = await database.operators.signIn(email, password, from);
      if (signedIn === undefined) {
        for (const origin of tried) attempts.failed(origin, clock.now());
        throw new ApiError('WRONG_PASSWORD');
      }
      reply.setCookie(SESSION_COOKIE, signedIn.token, cookieOptions(request));
      return success(sessionView(signedIn.session));
    },
  });

  app.route({
    method: 'GET',
    url: `${ADMIN}/session`,
    schema: documented({
      tag: 'admin',
      summary: 'Who is signed in',
      caller: 'operator',
      answer: successSchema(operatorSessionSchema),
    }),
    handler: async (request) => success(sessionView(await sessionOf(request, database))),
  });

  app.route({
    method: 'DELETE',
    url: `${ADMIN}/session`,
    schema: documented({
      tag: 'admin',
      summary: 'Sign out',
      caller: 'operator',
      answer: successSchema(object({})),
    }),
    handler: async (request, reply) => {
      await sessionOf(request, database);
      await database.operators.signOut(tokenOf(request) ?? '');
      clear(request, reply);
      return success();
    },
  });

  app.route({
    method: 'GET',
    url: `${ADMIN}/health`,
    schema: documented({
      tag: 'admin',
      summary: 'The health of the platform',
      caller: 'operator',
      answer: successSchema(healthReportSchema),
    }),
    handler: async (request) => {
      await sessionOf(request, database);
      return success(await health.report());
    },
  });
}

/**
 * A browser says where a request comes from; other sites may change nothing with an operator's cookie. Whoever sends neither header
 * is no browser and has no cookie that it was not given.
 */
function refuseForeign({ headers }: FastifyRequest, consoleOrigins: string[]): void {
  const { origin, host } = headers;
  const site = headers['sec-fetch-site'];
  if (origin !== undefined && consoleOrigins.includes(origin)) return;
  const foreign = site === undefined ? origin !== undefined && hostOf(origin) !== host : !OWN_SITES.has(String(site));
  if (foreign) throw new ApiError('FORBIDDEN');
}

const OWN_SITES = new Set(['same-origin', 'none']);

function hostOf(origin: string): string | undefined {
  return URL.canParse(origin) ? new URL(origin).host : undefined;
}

function mayTry(attempts: Attempts, origin: string, now: number, config: ApiConfig): void {
  const waitS = attempts.waitS(origin, now);
  if (waitS === 0) return;
  const params = { what: 'failed sign-ins a minute', limit: String(config.signInsPerMinute) };
  throw new ApiError('RATE_LIMITED', { params, retryAfterS: waitS });
}

async function sessionOf(request: FastifyRequest, database: Database): Promise<OperatorSession> {
  const token = tokenOf(request);
  const session = token === undefined ? undefined : await database.operators.session(token);
  if (session === undefined) throw new ApiError('NOT_SIGNED_IN');
  return session;
}

/** Longer ones are none of ours and not worth a look-up. */
const TOKEN_CHARS_MAX = 256;

function tokenOf(request: FastifyRequest): string | undefined {
  const token = request.cookies[SESSION_COOKIE];
  return token === undefined || token === '' || token.length > TOKEN_CHARS_MAX || token.includes('\0')
    ? undefined
    : token;
}

function cookieOptions(request: FastifyRequest) {
  return { path: '/', httpOnly: true, sameSite: 'lax' as const, secure: request.protocol === 'https' };
}

function clear(request: FastifyRequest, reply: FastifyReply): void {
  reply.clearCookie(SESSION_COOKIE, cookieOptions(request));
}

function agentOf({ headers }: FastifyRequest): string {
  return (headers['user-agent'] ?? '').slice(0, 256);
}

function sessionView({ operator }: OperatorSession): OperatorSessionView {
  return { operator: operatorView(operator) };
}

function operatorView({ id, email, name, role, must_change_password }: Operator): OperatorSessionView['operator'] {
  return { id, email, name, role, must_change_password };
}
