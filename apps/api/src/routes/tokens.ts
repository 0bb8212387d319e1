// /tokens: access tokens for clients, made here, verified by gateways without a look-up, revoked by fan-out.
import { setTimeout } from 'node:timers/promises';
import {
  CLOSE,
  inputError,
  type Language,
  parseInput,
  problemText,
  successSchema,
  tokenRequestSchema,
  tokenRevokeSchema,
  tokenSchema,
} from '@message-push/protocol';
import { type AccessClaims, type Clock, type Log, signAccessToken, verifyAccessToken } from '@message-push/runtime';
import type { State } from '@message-push/state';
import { object } from 'zod';
import { BASE, languageOf, success } from '../answers.ts';
import type { ApiConfig } from '../config.ts';
import type { Server } from '../http.ts';
import type { Nodes } from '../nodes.ts';
import { callerOf, jsonBody } from './callers.ts';
import { documented } from './documented.ts';

export interface TokenRoutesDeps {
  config: ApiConfig;
  clusterSecrets: readonly string[];
  clock: Clock;
  random(size: number): Uint8Array;
  state: Pick<State, 'inboxes' | 'revoke'>;
  nodes: Nodes;
  log: Log;
}

export function tokenRoutes(app: Server, deps: TokenRoutesDeps): void {
  app.route({
    method: 'POST',
    url: `${BASE}/tokens`,
    schema: documented({
      tag: 'tokens',
      summary: 'A token for a client of a user',
      body: tokenRequestSchema,
      answer: successSchema(tokenSchema),
    }),
    handler: async (request) => {
      const language = languageOf(request);
      const body = parseInput(tokenRequestSchema, jsonBody(request), 'INVALID_BODY', language);
      const ttl_s = body.ttl_s ?? deps.config.tokenTtlS;
      checkTtl(ttl_s, deps.config, language);
      const nowS = Math.floor(deps.clock.now() / 1_000);
      const claims: AccessClaims = {
        app: callerOf(request).app.id,
        uid: body.uid,
        platform: body.platform,
        iat: nowS,
        exp: nowS + ttl_s,
        jti: Buffer.from(deps.random(16)).toString('hex'),
      };
      if (body.device_id != null) claims.device_id = body.device_id;
      const [secret = ''] = deps.clusterSecrets;
      return success({ token: signAccessToken(claims, secret), expires_at: claims.exp * 1_000 });
    },
  });

  app.route({
    method: 'POST',
    url: `${BASE}/tokens/revoke`,
    schema: documented({
      tag: 'tokens',
      summary: 'Revoke one token, or all that a user has been given so far',
      description: `Their sessions are closed with ${CLOSE.REVOKED}.`,
      body: tokenRevokeSchema,
      answer: successSchema(object({})),
      errors: ['STATE_UNAVAILABLE'],
    }),
    handler: async (request) => {
      const { uid, token } = parseInput(tokenRevokeSchema, jsonBody(request), 'INVALID_BODY', languageOf(request));
      const { id } = callerOf(request).app;
      if (token != null) await revokeToken(deps, id, token, languageOf(request));
      if (uid != null) await revokeUser(deps, id, uid);
      return success();
    },
  });
}

/** Every gateway refuses it from now on and closes the sessions it opened. What has ended needs no revocation. */
async function revokeToken(deps: TokenRoutesDeps, app: string, token: string, language: Language): Promise<void> {
  const check = verifyAccessToken(token, [...deps.clusterSecrets], Math.floor(deps.clock.now() / 1_000));
  if (!check.ok && check.reason === 'expired') return;
  if (!check.ok || check.claims.app !== app) {
    throw inputError('INVALID_BODY', [{ path: 'token', problem: problemText('format', language) }]);
  }
  const { jti, exp } = check.claims;
  await deps.state.revoke({ kind: 'token', app, jti, expires_at: exp * 1_000 });
}

/** All tokens of the user that were issued up to now. A node that is silent hears of it by the fan-out. */
async function revokeUser(deps: TokenRoutesDeps, app: string, uid: string): Promise<void> {
  // Tokens carry whole seconds: this one must be over before the answer, so that it meets all before it and none after.
  const before = Math.floor(deps.clock.now() / 1_000) + 1;
  await deps.state.inboxes.revokeBefore({ app, uid }, before);
  await deps.state.revoke({ kind: 'user', app, uid, before });
  await deps.nodes.closeBound({ app, uid, code: CLOSE.REVOKED }).catch((error: unknown) => {
    deps.log.warn({ err: error }, 'a node will hear of a revocation later');
  });
  await setTimeout(Math.max(0, before * 1_000 - deps.clock.now()));
}

function checkTtl(ttlS: number, { tokenTtlMinS, tokenTtlMaxS }: ApiConfig, language: Language): void {
  if (ttlS >= tokenTtlMinS && ttlS <= tokenTtlMaxS) return;
  const problem =
    ttlS < tokenTtlMinS
      ? problemText('tooSmall', language, { min: tokenTtlMinS })
      : problemText('tooLarge', language, { max: tokenTtlMaxS });
  throw inputError('INVALID_BODY', [{ path: 'ttl_s', problem }]);
}
