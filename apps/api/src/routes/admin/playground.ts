// /admin/v1/playground: a short-lived token for the test client.
import { ApiError, parseInput, successSchema } from '@message-push/protocol';
import { playgroundAccessSchema, playgroundTokenSchema } from '@message-push/protocol/admin';
import { type AccessClaims, type Clock, signAccessToken } from '@message-push/runtime';
import type { State } from '@message-push/state';
import { BASE, languageOf, success } from '../../answers.ts';
import type { Server } from '../../http.ts';
import { jsonBody } from '../callers.ts';
import { documented } from '../documented.ts';
import { audited, type GuardDeps, requireRight } from './guard.ts';
import { ADMIN } from './session.ts';

export interface PlaygroundRoutesDeps extends GuardDeps {
  clock: Clock;
  random(size: number): Uint8Array;
  clusterSecrets: readonly string[];
  state: Pick<State, 'announced'>;
}

const TOKEN_TTL_S = 15 * 60;

export function playgroundRoutes(app: Server, deps: PlaygroundRoutesDeps): void {
  const { config, database, clock, state } = deps;

  app.route({
    method: 'POST',
    url: `${ADMIN}/playground/token`,
    schema: documented({
      tag: 'admin',
      summary: 'A token for the test client, for 15 minutes',
      right: 'playground',
      body: playgroundTokenSchema,
      answer: successSchema(playgroundAccessSchema),
      errors: ['NOT_FOUND'],
    }),
    handler: async (request) => {
      const body = parseInput(playgroundTokenSchema, jsonBody(request), 'INVALID_BODY', languageOf(request));
      requireRight(request, 'playground', body.app);
      if ((await database.apps.get(body.app)) === undefined)
        throw new ApiError('NOT_FOUND', { params: { what: 'app' } });
      const nowS = Math.floor(clock.now() / 1_000);
      const claims: AccessClaims = {
        ...body,
        iat: nowS,
        exp: nowS + TOKEN_TTL_S,
        jti: Buffer.from(deps.random(16)).toString('hex'),
      };
      const [secret = ''] = deps.clusterSecrets;
      const expires_at = claims.exp * 1_000;
      await audited(request, deps, {
        action: 'playground.token',
        target: `app ${body.app}`,
        after: { uid: body.uid, platform: body.platform, jti: claims.jti, expires_at },
      });
      const gateways = config.gatewayUrls.length > 0 ? config.gatewayUrls : await announcedUrls(state);
      return success({ token: signAccessToken(claims, secret), expires_at, gateways });
    },
  });
}

/** Where the living gateways listen; none while state is away: the form takes an address too. */
async function announcedUrls(state: Pick<State, 'announced'>): Promise<string[]> {
  const announced = await state.announced('gateway').catch(() => []);
  const addresses = announced.flatMap(({ data }) => addressOf(data) ?? []);
  return addresses.sort().map((address) => `ws://${address}${BASE}/message`);
}

/** The address of a gateway that takes clients, from what it tells of itself. */
function addressOf(data: string): string | undefined {
  try {
    const told: unknown = JSON.parse(data);
    if (typeof told !== 'object' || told === null || !('address' in told) || !('state' in told)) return undefined;
    return typeof told.address === 'string' && told.state === 'up' ? told.address : undefined;
  } catch {
    return undefined;
  }
}
