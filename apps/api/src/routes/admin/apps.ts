// /admin/v1/apps: apps with their settings.
import type { App, Database, SettingsChange } from '@message-push/database';
import { ApiError, parseInput, successSchema } from '@message-push/protocol';
import {
  type AppChange,
  type AppView,
  appChangeSchema,
  appCreateSchema,
  appViewSchema,
  confirmSchema,
  passportResultSchema,
  passportTestSchema,
} from '@message-push/protocol/admin';
import type { Clock } from '@message-push/runtime';
import { object, string } from 'zod';
import { languageOf, success } from '../../answers.ts';
import type { AppPushes } from '../../app-pushes.ts';
import type { Authenticator } from '../../credentials.ts';
import type { Server } from '../../http.ts';
import { testPassport } from '../../passport-test.ts';
import { jsonBody } from '../callers.ts';
import { documented } from '../documented.ts';
import { credentialView } from './credential-view.ts';
import { difference } from './difference.ts';
import { audited, type GuardDeps, operatorOf, requireRight, visibleApps } from './guard.ts';
import { ADMIN } from './session.ts';

export interface AppRoutesDeps extends GuardDeps {
  clock: Clock;
  authenticator: Pick<Authenticator, 'useOf'>;
  appPushes: AppPushes;
}

/** Of an app, the newest. */
const CREDENTIALS_SHOWN = 50;

export const appParams = object({ app: string() });

export function appRoutes(app: Server, deps: AppRoutesDeps): void {
  const { database, config } = deps;

  app.route({
    method: 'GET',
    url: `${ADMIN}/apps`,
    schema: documented({
      tag: 'admin',
      summary: 'The apps that the operator may see, oldest first',
      right: 'read',
      answer: successSchema(appViewSchema),
    }),
    handler: async (request) => {
      const visible = visibleApps(request);
      const apps = (await database.apps.list()).filter(({ id }) => visible === undefined || visible.has(id));
      return success(...(await Promise.all(apps.map((one) => appView(deps, one)))));
    },
  });

  app.route({
    method: 'POST',
    url: `${ADMIN}/apps`,
    schema: documented({
      tag: 'admin',
      summary: 'Make an app',
      right: 'apps',
      body: appCreateSchema,
      answer: successSchema(appViewSchema),
      errors: ['TAKEN'],
    }),
    handler: async (request) => {
      const { id, name, aliases } = parseInput(appCreateSchema, jsonBody(request), 'INVALID_BODY', languageOf(request));
      const made = await database.apps.create({
        name,
        created_by: operatorOf(request).session.operator.email,
        ...(id !== undefined && { id }),
        ...(aliases !== undefined && { aliases }),
      });
      await audited(request, deps, { action: 'app.create', target: `app ${made.id}`, after: made });
      return success(await appView(deps, made));
    },
  });

  app.route({
    method: 'GET',
    url: `${ADMIN}/apps/:app`,
    schema: documented({
      tag: 'admin',
      summary: 'One app',
      right: 'read',
      params: appParams,
      answer: successSchema(appViewSchema),
      errors: ['NOT_FOUND'],
    }),
    handler: async (request) => success(await appView(deps, await appOf(request, database))),
  });

  app.route({
    method: 'PATCH',
    url: `${ADMIN}/apps/:app`,
    schema: documented({
      tag: 'admin',
      summary: 'Change an app',
      description: 'Its state is for those alone who may make apps.',
      right: 'appSettings',
      params: appParams,
      body: appChangeSchema,
      answer: successSchema(appViewSchema),
      errors: ['NOT_FOUND', 'TAKEN'],
    }),
    handler: async (request) => {
      const change = parseInput(appChangeSchema, jsonBody(request), 'INVALID_BODY', languageOf(request));
      const before = await appOf(request, database);
      if (change.state !== undefined) requireRight(request, 'apps', before.id);
      const after = await database.apps.update(before.id, changeOf(change));
      const action =
        change.state !== undefined && change.state !== before.state ? STATE_ACTIONS[change.state] : 'app.change';
      await audited(request, deps, { action, target: `app ${after.id}`, ...difference(before, after) });
      return success(await appView(deps, after));
    },
  });

  app.route({
    method: 'DELETE',
    url: `${ADMIN}/apps/:app`,
    schema: documented({
      tag: 'admin',
      summary: 'Remove a disabled app with its credentials and signing keys',
      description: 'Its history stays until it expires.',
      right: 'apps',
      params: appParams,
      body: confirmSchema,
      answer: successSchema(object({})),
      errors: ['NOT_FOUND', 'NOT_DISABLED', 'CONFIRM'],
    }),
    handler: async (request) => {
      const { confirm } = parseInput(confirmSchema, jsonBody(request), 'INVALID_BODY', languageOf(request));
      const { id } = await appOf(request, database);
      if (confirm !== id) throw new ApiError('CONFIRM', { params: { what: id } });
      const removed = await database.apps.remove(id);
      await audited(request, deps, { action: 'app.delete', target: `app ${id}`, before: removed });
      return success();
    },
  });

  app.route({
    method: 'POST',
    url: `${ADMIN}/apps/:app/passport-test`,
    schema: documented({
      tag: 'admin',
      summary: 'Ask the passport of the app about a token, as a gateway would',
      right: 'appSettings',
      params: appParams,
      body: passportTestSchema,
      answer: successSchema(passportResultSchema),
      errors: ['NOT_FOUND'],
    }),
    handler: async (request) => {
      const body = parseInput(passportTestSchema, jsonBody(request), 'INVALID_BODY', languageOf(request));
      const { id, settings } = await appOf(request, database);
      const { passportHosts: hosts, passportTimeoutMs: timeoutMs } = config;
      const result = await testPassport({ url: settings.passport_url, app: id, ...body }, { hosts, timeoutMs });
      const { ok, ms, problem } = result;
      await audited(request, deps, { action: 'app.passport_test', target: `app ${id}`, after: { ok, ms, problem } });
      return success(result);
    },
  });
}

const STATE_ACTIONS = { live: 'app.enable', disabled: 'app.disable' } as const;

/** The app of the path. Throws NOT_FOUND. */
export async function appOf(
  request: Parameters<typeof languageOf>[0] & { params: unknown },
  database: Database,
): Promise<App> {
  const { app: id } = parseInput(appParams, request.params, 'INVALID_QUERY', languageOf(request));
  const found = id.includes('\0') ? undefined : await database.apps.get(id);
  if (found === undefined) throw new ApiError('NOT_FOUND', { params: { what: 'app' } });
  return found;
}

function changeOf({ name, aliases, state, settings }: AppChange): Parameters<Database['apps']['update']>[1] {
  return {
    ...(name !== undefined && { name }),
    ...(aliases !== undefined && { aliases }),
    ...(state !== undefined && { state }),
    ...(settings !== undefined && { settings: settingsOf(settings) }),
  };
}

/** Only what is named; null takes an optional one away. */
function settingsOf(named: NonNullable<AppChange['settings']>): SettingsChange {
  const { passport_url, ...rest } = named;
  const given = Object.entries(rest).filter(([, value]) => value !== undefined);
  const change: SettingsChange = Object.fromEntries(given);
  return passport_url === undefined ? change : { ...change, passport_url: passport_url ?? undefined };
}

async function appView({ database, authenticator, appPushes, clock }: AppRoutesDeps, app: App): Promise<AppView> {
  const [credentials, hours] = await Promise.all([database.credentials.list(app.id), appPushes.of(app.id)]);
  const { id, name, aliases, state, settings, created_at, created_by } = app;
  return {
    id,
    name,
    aliases,
    state,
    settings,
    created_at: created_at.getTime(),
    ...(created_by !== undefined && { created_by }),
    credentials: credentials
      .slice(0, CREDENTIALS_SHOWN)
      .map((one) => credentialView(one, authenticator.useOf(one.id), clock.now())),
    ...(hours !== undefined && { pushes_24h: hours }),
  };
}
