// Who may use a route of the console: every admin route names its right, and is refused before its body is read to whoever lacks it.
import type { Database, OperatorSession } from '@message-push/database';
import { ApiError } from '@message-push/protocol';
import { type Action, may, RIGHTS } from '@message-push/protocol/admin';
import type { Log } from '@message-push/runtime';
import type { FastifyRequest } from 'fastify';
import { plainAddress } from '../../attempts.ts';
import type { ApiConfig } from '../../config.ts';
import type { Server } from '../../http.ts';
import { tokenOf } from './cookie.ts';
import { answerRepeats } from './repeats.ts';

/**
 * What a route asks for (`right` of `documented`): an action of the table of rights; `signedIn`, any operator; `session`, also one who
 * still has the start password; `anybody`.
 */
export type Right = Action | 'signedIn' | 'session' | 'anybody';

/** An operator and what they may see. */
export interface SignedIn {
  readonly session: OperatorSession;
  readonly token: string;
  /** Apps that an operator of role `owner` may act for and see; undefined = all. */
  readonly apps: ReadonlySet<string> | undefined;
}

declare module 'fastify' {
  interface FastifyRequest {
    /** Set in the scope of `guard`, but for routes that anybody may use. */
    signedIn: SignedIn | null;
  }
  interface FastifyContextConfig {
    /** Set by `guard` from the route's documentation. */
    right?: Right;
  }
}

export interface GuardDeps {
  config: ApiConfig;
  database: Database;
  log: Log;
}

/**
 * Guards every route that is declared in this scope afterwards. A route without a right is a mistake that stops the start. A parameter
 * `:app` of a route is an app that the operator must have been granted.
 */
export function guard(scope: Server, deps: GuardDeps): void {
  const { config, database } = deps;
  scope.decorateRequest('signedIn', null);
  scope.addHook('onRoute', (route) => {
    const right = rightOf(route.schema);
    if (right === undefined) throw new Error(`${String(route.method)} ${route.url} names no right`);
    route.config = { ...route.config, right };
  });
  scope.addHook('onRequest', async (request, reply) => {
    reply.header('cache-control', 'no-store');
    if (isMutation(request)) refuseForeign(request, config.consoleOrigins);
    const { right = 'anybody' } = request.routeOptions.config;
    if (right === 'anybody') return;
    request.signedIn = await signedInBy(request, database);
    if (right === 'session') return;
    if (request.signedIn.session.operator.must_change_password) throw new ApiError('START_PASSWORD');
    if (right !== 'signedIn') requireRight(request, right, appOf(request));
  });
  answerRepeats(scope, deps);
}

/** Whose session the request came with. Throws NOT_SIGNED_IN where there is none. */
export function operatorOf({ signedIn }: FastifyRequest): SignedIn {
  if (signedIn === null) throw new ApiError('NOT_SIGNED_IN');
  return signedIn;
}

/** Throws FORBIDDEN unless the operator may do this, and for this app where one is named. */
export function requireRight(request: FastifyRequest, action: Action, app?: string): void {
  const { session, apps } = operatorOf(request);
  if (!may(session.operator.role, action)) throw new ApiError('FORBIDDEN');
  if (app !== undefined && apps !== undefined && !apps.has(app)) throw new ApiError('FORBIDDEN');
}

/** Apps that the operator may see; undefined = all of them. */
export function visibleApps(request: FastifyRequest): ReadonlySet<string> | undefined {
  return operatorOf(request).apps;
}

/** What was done, for the audit log. Values under names like secret, token or password are not stored. */
export interface Deed {
  /** `<noun>.<verb>`, as in app.create. */
  action: string;
  /** `<noun> <id>`, as in app shop. */
  target: string;
  before?: unknown;
  after?: unknown;
  /** Who did it, where nobody is signed in. */
  actor?: string;
}

/**
 * Writes down what was done; to be called once by each route that changes something, after it did. A deed that cannot be written is in
 * the log instead: it is done, and its answer may hold a secret that is shown once.
 */
export async function audited(
  request: FastifyRequest,
  { database, log }: Pick<GuardDeps, 'database' | 'log'>,
  { action, target, before = null, after = null, actor }: Deed,
): Promise<void> {
  const who = actor ?? operatorOf(request).session.operator.email;
  const record = { actor: who, action, target, before, after, ip: plainAddress(request.ip) };
  try {
    await database.audit.add(record);
  } catch (error) {
    log.error({ err: error, actor: who, action, target }, 'a deed is missing in the audit log');
  }
}

/** Requests that change something. */
export function isMutation({ method }: { method: string }): boolean {
  return method !== 'GET' && method !== 'HEAD';
}

/** The right that a route's documentation names. */
function rightOf(schema: unknown): Right | undefined {
  const named = (schema as { 'x-right'?: unknown } | undefined)?.['x-right'];
  return RIGHT_NAMES.find((name) => name === named);
}

// Its keys are the names of the type.
const RIGHT_NAMES: Right[] = [...(Object.keys(RIGHTS) as Action[]), 'signedIn', 'session', 'anybody'];

function appOf({ params }: FastifyRequest): string | undefined {
  const app: unknown = typeof params === 'object' && params !== null && 'app' in params ? params.app : undefined;
  return typeof app === 'string' ? app : undefined;
}

async function signedInBy(request: FastifyRequest, database: Database): Promise<SignedIn> {
  const token = tokenOf(request);
  const session = token === undefined ? undefined : await database.operators.session(token);
  if (token === undefined || session === undefined) throw new ApiError('NOT_SIGNED_IN');
  const { id, role } = session.operator;
  return { session, token, apps: role === 'owner' ? new Set(await database.operators.grants(id)) : undefined };
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
