// /admin/v1/operators: who may use the console, in which role, and for which apps.
import type { Database, Operator } from '@message-push/database';
import { ApiError, inputError, parseInput, problemText, successSchema } from '@message-push/protocol';
import {
  type OperatorRow,
  operatorChangeSchema,
  operatorCreateSchema,
  operatorRowSchema,
  type RoleName,
  startPasswordSchema,
} from '@message-push/protocol/admin';
import type { FastifyRequest } from 'fastify';
import { object, string } from 'zod';
import { languageOf, success } from '../../answers.ts';
import type { Server } from '../../http.ts';
import { jsonBody } from '../callers.ts';
import { documented } from '../documented.ts';
import { difference } from './difference.ts';
import { audited, type GuardDeps } from './guard.ts';
import { ADMIN, operatorView } from './session.ts';

export interface OperatorRoutesDeps extends GuardDeps {
  random(size: number): Uint8Array;
}

const START_PASSWORD_BYTES = 15;
const operatorParams = object({ id: string() });

export function operatorRoutes(app: Server, deps: OperatorRoutesDeps): void {
  const { database } = deps;
  const startPassword = () => Buffer.from(deps.random(START_PASSWORD_BYTES)).toString('base64url');

  app.route({
    method: 'GET',
    url: `${ADMIN}/operators`,
    schema: documented({
      tag: 'admin',
      summary: 'All operators, oldest first',
      right: 'operators',
      answer: successSchema(operatorRowSchema),
    }),
    handler: async () => {
      const operators = await database.operators.list();
      return success(...(await Promise.all(operators.map((one) => operatorRow(one, database)))));
    },
  });

  app.route({
    method: 'POST',
    url: `${ADMIN}/operators`,
    schema: documented({
      tag: 'admin',
      summary: 'Make an operator',
      description:
        'The start password is shown in this answer and never again; it has to be changed at the first sign-in.',
      right: 'operators',
      body: operatorCreateSchema,
      answer: successSchema(startPasswordSchema),
      errors: ['TAKEN'],
    }),
    handler: async (request) => {
      const language = languageOf(request);
      const { apps, ...body } = parseInput(operatorCreateSchema, jsonBody(request), 'INVALID_BODY', language);
      const granted = await grantable(request, database, body.role, apps ?? []);
      const password = startPassword();
      const made = await database.operators.create({ ...body, password, must_change_password: true });
      if (granted.length > 0) await database.operators.setGrants(made.id, granted);
      const row = await operatorRow(made, database);
      await audited(request, deps, { action: 'operator.create', target: `operator ${made.email}`, after: row });
      return success({ operator: row, start_password: password });
    },
  });

  app.route({
    method: 'PATCH',
    url: `${ADMIN}/operators/:id`,
    schema: documented({
      tag: 'admin',
      summary: 'Change an operator',
      description: 'Disabling one ends their sessions. The last admin stays one.',
      right: 'operators',
      params: operatorParams,
      body: operatorChangeSchema,
      answer: successSchema(operatorRowSchema),
      errors: ['NOT_FOUND', 'LAST_ADMIN'],
    }),
    handler: async (request) => {
      const { apps, ...body } = parseInput(
        operatorChangeSchema,
        jsonBody(request),
        'INVALID_BODY',
        languageOf(request),
      );
      const known = await operatorOfPath(request, database);
      const before = await operatorRow(known, database);
      const role = body.role ?? known.role;
      // Another role has no apps of its own: those of a former owner are taken back.
      const granted = role === 'owner' ? apps : known.role === 'owner' ? [] : apps;
      const wanted = granted === undefined ? undefined : await grantable(request, database, role, granted);
      const change = Object.fromEntries(Object.entries(body).filter(([, value]) => value !== undefined));
      const changed = await database.operators.update(known.id, change);
      if (wanted !== undefined) await database.operators.setGrants(known.id, wanted);
      const after = await operatorRow(changed, database);
      const target = `operator ${known.email}`;
      await audited(request, deps, { action: 'operator.change', target, ...difference(before, after) });
      return success(after);
    },
  });

  app.route({
    method: 'POST',
    url: `${ADMIN}/operators/:id/password`,
    schema: documented({
      tag: 'admin',
      summary: 'Give an operator a new start password',
      description: 'Ends all of their sessions. The start password is shown in this answer and never again.',
      right: 'operators',
      params: operatorParams,
      answer: successSchema(startPasswordSchema),
      errors: ['NOT_FOUND'],
    }),
    handler: async (request) => {
      const known = await operatorOfPath(request, database);
      const password = startPassword();
      await database.operators.setPassword(known.id, password, true);
      await audited(request, deps, { action: 'operator.reset', target: `operator ${known.email}` });
      const operator = await operatorRow({ ...known, must_change_password: true }, database);
      return success({ operator, start_password: password });
    },
  });
}

async function operatorRow(operator: Operator, database: Database): Promise<OperatorRow> {
  const { role, disabled, created_at, last_seen_at } = operator;
  return {
    ...operatorView(operator),
    disabled,
    created_at: created_at.getTime(),
    ...(last_seen_at !== null && { last_seen_at: last_seen_at.getTime() }),
    apps: role === 'owner' ? await database.operators.grants(operator.id) : [],
  };
}

/** Throws NOT_FOUND. */
async function operatorOfPath(request: FastifyRequest, database: Database): Promise<Operator> {
  const { id } = parseInput(operatorParams, request.params, 'INVALID_QUERY', languageOf(request));
  const found = id.includes('\0') ? undefined : await database.operators.get(id);
  if (found === undefined) throw new ApiError('NOT_FOUND', { params: { what: 'operator' } });
  return found;
}

/** The apps that may be granted, before anything is changed: only an owner has any, and they are there. Throws INVALID_BODY. */
async function grantable(
  request: FastifyRequest,
  database: Database,
  role: RoleName,
  apps: string[],
): Promise<string[]> {
  if (apps.length === 0 || role !== 'owner') return [];
  const known = new Set((await database.apps.list()).map(({ id }) => id));
  const missing = apps.findIndex((id) => !known.has(id));
  if (missing < 0) return apps;
  throw inputError('INVALID_BODY', [{ path: `apps[${missing}]`, problem: problemText('format', languageOf(request)) }]);
}
