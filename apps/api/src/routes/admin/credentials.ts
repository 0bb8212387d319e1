// /admin/v1/apps/{app}/credentials and /keys: secrets are shown once, by the call that makes them.
import type { Credential } from '@message-push/database';
import { ApiError, inputError, parseInput, problemText, successSchema } from '@message-push/protocol';
import {
  credentialIssueSchema,
  credentialViewSchema,
  type NewSecret,
  newSecretSchema,
  newSigningKeySchema,
  revokeSchema,
  rotateSchema,
  signingKeyCreateSchema,
  signingKeyViewSchema,
} from '@message-push/protocol/admin';
import { object, string } from 'zod';
import { languageOf, success } from '../../answers.ts';
import type { Server } from '../../http.ts';
import { jsonBody } from '../callers.ts';
import { documented } from '../documented.ts';
import { type AppRoutesDeps, appOf, appParams } from './apps.ts';
import { credentialFacts, credentialView } from './credential-view.ts';
import { audited, requireRight } from './guard.ts';
import { ADMIN } from './session.ts';

/** A credential that was used within this time is revoked only with the app's id as confirmation. */
const RECENT_USE_MS = 24 * 3_600_000;

const credentialParams = object({ id: string() });
const keyParams = appParams.extend({ id: string() });

export function credentialRoutes(app: Server, deps: AppRoutesDeps): void {
  const { database, clock } = deps;
  const viewOf = (credential: Credential) =>
    credentialView(credential, deps.authenticator.useOf(credential.id), clock.now());
  const shown = ({ credential, secret }: { credential: Credential; secret: string }): NewSecret => ({
    credential: viewOf(credential),
    secret,
  });

  app.route({
    method: 'POST',
    url: `${ADMIN}/apps/:app/credentials`,
    schema: documented({
      tag: 'admin',
      summary: 'Issue a credential',
      description: 'The secret is shown in this answer and never again.',
      right: 'credentials',
      params: appParams,
      body: credentialIssueSchema,
      answer: successSchema(newSecretSchema),
      errors: ['NOT_FOUND', 'RATE_LIMITED'],
    }),
    handler: async (request) => {
      const language = languageOf(request);
      const body = parseInput(credentialIssueSchema, jsonBody(request), 'INVALID_BODY', language);
      const { id } = await appOf(request, database);
      if (body.expires_at != null && body.expires_at <= clock.now()) {
        const problem = problemText('tooSmall', language, { min: clock.now() });
        throw inputError('INVALID_BODY', [{ path: 'expires_at', problem }]);
      }
      const made = await database.credentials.issue(id, {
        environment: body.environment,
        ...(body.expires_at != null && { expires_at: new Date(body.expires_at) }),
      });
      const { credential } = made;
      const after = { ...credentialFacts(credential), environment: body.environment };
      await audited(request, deps, { action: 'credential.issue', target: `credential ${credential.id}`, after });
      return success(shown(made));
    },
  });

  app.route({
    method: 'POST',
    url: `${ADMIN}/apps/:app/credentials/rotate`,
    schema: documented({
      tag: 'admin',
      summary: 'Issue a credential that takes the place of all others',
      description: 'The others end after the grace time. The secret is shown in this answer and never again.',
      right: 'credentials',
      params: appParams,
      body: rotateSchema,
      answer: successSchema(newSecretSchema),
      errors: ['NOT_FOUND', 'RATE_LIMITED'],
    }),
    handler: async (request) => {
      const body = parseInput(rotateSchema, jsonBody(request), 'INVALID_BODY', languageOf(request));
      const { id } = await appOf(request, database);
      const before = (await database.credentials.list(id)).filter((one) => viewOf(one).state === 'live');
      const made = await database.credentials.rotate(id, body.grace_s, body.environment);
      await audited(request, deps, {
        action: 'credential.rotate',
        target: `app ${id}`,
        before: before.map(credentialFacts),
        after: { ...credentialFacts(made.credential), grace_s: body.grace_s },
      });
      return success(shown(made));
    },
  });

  app.route({
    method: 'POST',
    url: `${ADMIN}/credentials/:id/revoke`,
    schema: documented({
      tag: 'admin',
      summary: 'End a credential everywhere within a second',
      description: 'One that was used within the last 24 hours asks for the app id as `confirm`.',
      right: 'credentials',
      params: credentialParams,
      body: revokeSchema,
      answer: successSchema(credentialViewSchema),
      errors: ['NOT_FOUND', 'CONFIRM'],
    }),
    handler: async (request) => {
      const language = languageOf(request);
      const { confirm } = parseInput(revokeSchema, jsonBody(request), 'INVALID_BODY', language);
      const { id } = parseInput(credentialParams, request.params, 'INVALID_QUERY', language);
      const before = id.includes('\0') ? undefined : await database.credentials.get(id);
      if (before === undefined) throw new ApiError('NOT_FOUND', { params: { what: 'credential' } });
      requireRight(request, 'credentials', before.app);
      const { last_used_at, state } = viewOf(before);
      const isUsed = last_used_at !== null && clock.now() - last_used_at < RECENT_USE_MS;
      if (isUsed && state !== 'revoked' && confirm !== before.app)
        throw new ApiError('CONFIRM', { params: { what: before.app } });
      const after = await database.credentials.revoke(id);
      await audited(request, deps, {
        action: 'credential.revoke',
        target: `credential ${id}`,
        before: credentialFacts(before),
        after: credentialFacts(after),
      });
      return success(viewOf(after));
    },
  });

  app.route({
    method: 'GET',
    url: `${ADMIN}/apps/:app/keys`,
    schema: documented({
      tag: 'admin',
      summary: 'The signing keys of an app, oldest first',
      right: 'read',
      params: appParams,
      answer: successSchema(signingKeyViewSchema),
      errors: ['NOT_FOUND'],
    }),
    handler: async (request) => {
      const keys = await database.keys.live((await appOf(request, database)).id);
      return success(...keys.map(({ id, created_at }) => ({ id, created_at: created_at.getTime() })));
    },
  });

  app.route({
    method: 'POST',
    url: `${ADMIN}/apps/:app/keys`,
    schema: documented({
      tag: 'admin',
      summary: 'Add a signing key',
      description: 'Without a secret one is made, shown in this answer and never again. At most two live.',
      right: 'credentials',
      params: appParams,
      body: signingKeyCreateSchema,
      answer: successSchema(newSigningKeySchema),
      errors: ['NOT_FOUND', 'RATE_LIMITED'],
    }),
    handler: async (request) => {
      const language = languageOf(request);
      const body = parseInput(signingKeyCreateSchema, jsonBody(request), 'INVALID_BODY', language);
      const { id: owner } = await appOf(request, database);
      const given = body.secret === undefined ? undefined : Buffer.from(body.secret, 'base64url');
      if (given !== undefined && given.toString('base64url') !== body.secret?.replace(/=+$/, ''))
        throw inputError('INVALID_BODY', [{ path: 'secret', problem: problemText('format', language) }]);
      const { id, secret } = await database.keys.add(owner, given);
      const after = { id, brought_along: given !== undefined };
      await audited(request, deps, { action: 'key.add', target: `app ${owner}`, after });
      return success({ id, ...(given === undefined && { secret: Buffer.from(secret).toString('base64url') }) });
    },
  });

  app.route({
    method: 'DELETE',
    url: `${ADMIN}/apps/:app/keys/:id`,
    schema: documented({
      tag: 'admin',
      summary: 'Remove a signing key: tokens that it signed are refused from now on',
      right: 'credentials',
      params: keyParams,
      answer: successSchema(object({})),
      errors: ['NOT_FOUND'],
    }),
    handler: async (request) => {
      const { id } = parseInput(keyParams, request.params, 'INVALID_QUERY', languageOf(request));
      const { id: owner } = await appOf(request, database);
      const keys = await database.keys.live(owner);
      if (!keys.some((key) => key.id === id)) throw new ApiError('NOT_FOUND', { params: { what: 'signing key' } });
      await database.keys.remove(id);
      await audited(request, deps, { action: 'key.remove', target: `app ${owner}`, before: { id } });
      return success();
    },
  });
}
