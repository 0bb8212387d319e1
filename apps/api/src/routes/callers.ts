// Which app calls: every route in the scope demands a credential before anything of the request is looked at.
import { ApiError } from '@message-push/protocol';
import type { FastifyRequest } from 'fastify';
import type { Budgets } from '../budgets.ts';
import type { ApiConfig } from '../config.ts';
import type { Authenticator, Caller } from '../credentials.ts';
import type { Server } from '../http.ts';

declare module 'fastify' {
  interface FastifyRequest {
    /** Set in the scope of `requireCaller`. */
    caller: Caller | null;
  }
}

export interface CallerDeps {
  config: ApiConfig;
  authenticator: Authenticator;
  budgets: Budgets;
}

/** Authenticates every request of this scope and takes it from the app's budget of requests, before the body is read. */
export function requireCaller(scope: Server, { config, authenticator, budgets }: CallerDeps): void {
  const admit = (request: FastifyRequest, caller: Caller): Promise<void> | undefined => {
    request.caller = caller;
    const perSecond = Math.min(caller.app.settings.requests_per_second, config.appRequestsPerSecondMax);
    return budgets.takeApp(caller.app.id, 'requests a second', 1, perSecond);
  };
  scope.decorateRequest('caller', null);
  // Hot path: with a known credential and a lease that covers it nothing is awaited.
  scope.addHook('onRequest', (request, _reply, done) => {
    const { authorization } = request.headers;
    const known = authenticator.known(authorization, request.ip);
    const wait =
      known === undefined
        ? authenticator.check(authorization, request.ip).then((caller) => admit(request, caller))
        : admit(request, known);
    if (wait === undefined) done();
    else wait.then(() => done(), done);
  });
}

/** The app that calls; only for routes in the scope of `requireCaller`. */
export function callerOf({ caller }: FastifyRequest): Caller {
  if (caller === null) throw new ApiError('INVALID_AUTHORIZATION');
  return caller;
}

/** The body if it is a JSON object. Throws NOT_JSON. */
export function jsonBody({ body }: FastifyRequest): object {
  if (typeof body !== 'object' || body === null || Array.isArray(body)) throw new ApiError('NOT_JSON');
  return body;
}
