// /admin/v1/setup: the first admin, made with the code from the log.
import { ApiError, parseInput, successSchema } from '@message-push/protocol';
import { operatorSessionSchema, setupSchema, setupStateSchema } from '@message-push/protocol/admin';
import type { Clock } from '@message-push/runtime';
import { languageOf, success } from '../../answers.ts';
import { Attempts, originOf, plainAddress } from '../../attempts.ts';
import type { Server } from '../../http.ts';
import type { SetUp } from '../../set-up.ts';
import { jsonBody } from '../callers.ts';
import { documented } from '../documented.ts';
import { setToken } from './cookie.ts';
import { audited, type GuardDeps } from './guard.ts';
import { ADMIN, agentOf, mayTry, sessionView } from './session.ts';

export interface SetupRoutesDeps extends GuardDeps {
  clock: Clock;
  setUp: SetUp;
}

export function setupRoutes(app: Server, deps: SetupRoutesDeps): void {
  const { config, database, clock, setUp } = deps;
  const attempts = new Attempts(config.signInsPerMinute);

  app.route({
    method: 'GET',
    url: `${ADMIN}/setup`,
    schema: documented({
      tag: 'admin',
      summary: 'Whether there is no admin yet',
      right: 'anybody',
      answer: successSchema(setupStateSchema),
      errors: ['DATABASE_UNAVAILABLE'],
    }),
    handler: async () => success({ needed: await setUp.isNeeded() }),
  });

  app.route({
    method: 'POST',
    url: `${ADMIN}/setup`,
    schema: documented({
      tag: 'admin',
      summary: 'Make the first admin, who is signed in by this',
      description: 'Asks for the code that each api wrote to its log when it started without an admin.',
      right: 'anybody',
      body: setupSchema,
      answer: successSchema(operatorSessionSchema),
      errors: ['WRONG_CODE', 'FORBIDDEN', 'TAKEN', 'RATE_LIMITED', 'DATABASE_UNAVAILABLE'],
    }),
    handler: async (request, reply) => {
      const { code, ...body } = parseInput(setupSchema, jsonBody(request), 'INVALID_BODY', languageOf(request));
      const origin = originOf(request.ip);
      mayTry(attempts, origin, clock.now(), config);
      if (!(await setUp.isNeeded()) || !setUp.isCode(code)) {
        attempts.failed(origin, clock.now());
        throw new ApiError('WRONG_CODE');
      }
      const { email, id, name, role } = await database.operators.createFirst(body);
      await audited(request, deps, {
        action: 'operator.create',
        target: `operator ${email}`,
        after: { id, email, name, role },
        actor: email,
      });
      const from = { ip: plainAddress(request.ip), agent: agentOf(request) };
      const signedIn = await database.operators.signIn(email, body.password, from);
      if (signedIn === undefined) throw new ApiError('NOT_SIGNED_IN');
      setToken(request, reply, signedIn.token);
      return success(await sessionView(signedIn.session, database));
    },
  });
}
