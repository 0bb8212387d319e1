// /admin/v1/session: signing in and out, one's own name and password, and one's own sessions.
import type { Database, Operator, OperatorSession } from '@message-push/database';
import { ApiError, parseInput, successSchema } from '@message-push/protocol';
import {
  type OperatorSessionView,
  type OperatorView,
  operatorSessionSchema,
  passwordChangeSchema,
  profileChangeSchema,
  type SessionRow,
  sessionRowSchema,
  signInSchema,
} from '@message-push/protocol/admin';
import type { Clock } from '@message-push/runtime';
import type { FastifyRequest } from 'fastify';
import { object, string } from 'zod';
import { languageOf, success } from '../../answers.ts';
import { Attempts, originOf, plainAddress } from '../../attempts.ts';
import type { ApiConfig } from '../../config.ts';
import type { Server } from '../../http.ts';
import { jsonBody } from '../callers.ts';
import { documented } from '../documented.ts';
import { clearToken, setToken } from './cookie.ts';
import { audited, type GuardDeps, operatorOf } from './guard.ts';

export const ADMIN = '/admin/v1';

export interface SessionRoutesDeps extends GuardDeps {
  clock: Clock;
}

const sessionParams = object({ id: string() });

export function sessionRoutes(app: Server, deps: SessionRoutesDeps): void {
  const { config, database, clock } = deps;
  const attempts = new Attempts(config.signInsPerMinute);

  app.route({
    method: 'POST',
    url: `${ADMIN}/session`,
    schema: documented({
      tag: 'admin',
      summary: 'Sign in',
      description: 'Sets the cookie of the session: for this site alone, unreadable for scripts.',
      right: 'anybody',
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
      const { operator } = signedIn.session;
      await audited(request, deps, {
        action: 'session.begin',
        target: `operator ${operator.email}`,
        actor: operator.email,
      });
      setToken(request, reply, signedIn.token);
      return success(await sessionView(signedIn.session, database));
    },
  });

  app.route({
    method: 'GET',
    url: `${ADMIN}/session`,
    schema: documented({
      tag: 'admin',
      summary: 'Who is signed in',
      right: 'session',
      answer: successSchema(operatorSessionSchema),
    }),
    handler: async (request) => success(await sessionView(operatorOf(request).session, database)),
  });

  app.route({
    method: 'PATCH',
    url: `${ADMIN}/session`,
    schema: documented({
      tag: 'admin',
      summary: "Change one's own name",
      right: 'signedIn',
      body: profileChangeSchema,
      answer: successSchema(operatorSessionSchema),
    }),
    handler: async (request) => {
      const change = parseInput(profileChangeSchema, jsonBody(request), 'INVALID_BODY', languageOf(request));
      const { session } = operatorOf(request);
      const { id, email, name } = session.operator;
      const operator = await database.operators.update(id, change);
      await audited(request, deps, {
        action: 'operator.change',
        target: `operator ${email}`,
        before: { name },
        after: { name: operator.name },
      });
      return success(await sessionView({ ...session, operator }, database));
    },
  });

  app.route({
    method: 'DELETE',
    url: `${ADMIN}/session`,
    schema: documented({ tag: 'admin', summary: 'Sign out', right: 'session', answer: successSchema(object({})) }),
    handler: async (request, reply) => {
      const { token, session } = operatorOf(request);
      await database.operators.signOut(token);
      await audited(request, deps, { action: 'session.end', target: `operator ${session.operator.email}` });
      clearToken(request, reply);
      return success();
    },
  });

  app.route({
    method: 'POST',
    url: `${ADMIN}/session/password`,
    schema: documented({
      tag: 'admin',
      summary: "Change one's own password",
      description: "Ends all of the operator's other sessions.",
      right: 'session',
      body: passwordChangeSchema,
      answer: successSchema(operatorSessionSchema),
      errors: ['WRONG_PASSWORD', 'RATE_LIMITED'],
    }),
    handler: async (request) => {
      const body = parseInput(passwordChangeSchema, jsonBody(request), 'INVALID_BODY', languageOf(request));
      const { session } = operatorOf(request);
      const { id, email } = session.operator;
      const origin = `name ${email}`;
      mayTry(attempts, origin, clock.now(), config);
      if (!(await database.operators.isPassword(id, body.current))) {
        attempts.failed(origin, clock.now());
        throw new ApiError('WRONG_PASSWORD');
      }
      await database.operators.setPassword(id, body.next, false, session.id);
      await audited(request, deps, { action: 'operator.password', target: `operator ${email}` });
      const operator = { ...session.operator, must_change_password: false };
      return success(await sessionView({ ...session, operator }, database));
    },
  });

  app.route({
    method: 'GET',
    url: `${ADMIN}/sessions`,
    schema: documented({
      tag: 'admin',
      summary: "One's own sessions",
      right: 'signedIn',
      answer: successSchema(sessionRowSchema),
    }),
    handler: async (request) => {
      const { session } = operatorOf(request);
      const sessions = await database.operators.sessions(session.operator.id);
      return success(...sessions.map((one) => sessionRow(one, session.id)));
    },
  });

  app.route({
    method: 'DELETE',
    url: `${ADMIN}/sessions/:id`,
    schema: documented({
      tag: 'admin',
      summary: "End one of one's own sessions",
      right: 'signedIn',
      params: sessionParams,
      answer: successSchema(object({})),
      errors: ['NOT_FOUND'],
    }),
    handler: async (request) => {
      const { id } = parseInput(sessionParams, request.params, 'INVALID_QUERY', languageOf(request));
      const { operator } = operatorOf(request).session;
      const own = await database.operators.sessions(operator.id);
      const ended = own.find((session) => session.id === id);
      if (ended === undefined) throw new ApiError('NOT_FOUND', { params: { what: 'session' } });
      await database.operators.endSession(id);
      const { ip, agent } = ended;
      await audited(request, deps, {
        action: 'session.end',
        target: `operator ${operator.email}`,
        before: { ip, agent },
      });
      return success();
    },
  });
}

export function operatorView({ id, email, name, role, must_change_password }: Operator): OperatorView {
  return { id, email, name, role, must_change_password };
}

/** Also the answer of a set-up. */
export async function sessionView(session: OperatorSession, database: Database): Promise<OperatorSessionView> {
  const { operator, before } = session;
  const apps = operator.role === 'owner' ? await database.operators.grants(operator.id) : undefined;
  return {
    operator: operatorView(operator),
    ...(apps !== undefined && { apps }),
    ...(before !== undefined && { last_sign_in: { at: before.at.getTime(), ip: before.ip } }),
  };
}

function sessionRow({ id, created_at, last_seen_at, ip, agent }: OperatorSession, current: string): SessionRow {
  return {
    id,
    created_at: created_at.getTime(),
    last_seen_at: last_seen_at.getTime(),
    ip,
    agent,
    current: id === current,
  };
}

export function mayTry(attempts: Attempts, origin: string, now: number, config: ApiConfig): void {
  const waitS = attempts.waitS(origin, now);
  if (waitS === 0) return;
  const params = { what: 'failed sign-ins a minute', limit: String(config.signInsPerMinute) };
  throw new ApiError('RATE_LIMITED', { params, retryAfterS: waitS });
}

export function agentOf({ headers }: FastifyRequest): string {
  return (headers['user-agent'] ?? '').slice(0, 256);
}
