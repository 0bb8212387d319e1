// A running api on embedded engines in a temporary folder, for the tests: real HTTP, an app with a credential, time that can be moved.
import { randomBytes } from 'node:crypto';
import { subscribe } from 'node:diagnostics_channel';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type Archive, archiveFields, createArchive } from '@message-push/archive';
import { type Bus, busFields, createBus } from '@message-push/bus';
import { createDatabase, type Database, databaseFields } from '@message-push/database';
import { createEmbeddedRegistry, type Registry } from '@message-push/registry';
import { createLog, loadConfig, Metrics } from '@message-push/runtime';
import { createState, type State, stateFields } from '@message-push/state';
import type { FastifyInstance } from 'fastify';
import { ZodType } from 'zod';
import { type ApiDeps, buildApp } from './app.ts';
import { apiFields } from './config.ts';

interface Engines {
  bus: Bus;
  state: State;
  archive: Archive;
  database: Database;
  registry: Registry;
}

export interface RunningApi {
  url: string;
  deps: ApiDeps;
  stop(): Promise<void>;
}

/** What a caller gets back. */
export interface Answer {
  status: number;
  headers: Headers;
  // Answers are asserted field by field in the tests that read them.
  body: {
    code: number;
    msg: string;
    error?: string;
    request_id?: string;
    cursor?: string;
    details?: { path: string; problem: string }[];
    data: Record<string, unknown>[];
  };
}

export interface World extends Engines {
  /** Milliseconds that all clocks of this world are ahead. */
  time: { aheadMs: number };
  logFile: string;
  /** A new app with a credential. */
  app(settings?: Parameters<Database['apps']['update']>[1]['settings']): Promise<{ id: string; secret: string }>;
  /** Starts an api; engines may be replaced, settings are given as in the environment. */
  api(env?: Record<string, string>, replaced?: Partial<ApiDeps>): Promise<RunningApi>;
  close(): Promise<void>;
}

/**
 * An answer that is not of the shape that its route documents fails its request, and with it the test that asked: pages trust the shapes
 * without a look.
 */
subscribe('fastify.initialization', (message) => {
  const { fastify } = message as { fastify: FastifyInstance }; // as Fastify documents its channel
  fastify.addHook('onSend', async ({ routeOptions }, { statusCode }, payload) => {
    // `documented` writes a schema for each status; of what is no JSON it is none.
    const { [statusCode]: schema } = (routeOptions.schema?.response ?? {}) as Record<number, unknown>;
    if (schema instanceof ZodType && typeof payload === 'string') schema.parse(JSON.parse(payload));
    return payload;
  });
});

/** Opens all engines; the database takes seconds, so that one world serves a whole file. */
export async function openWorld(): Promise<World> {
  const dir = mkdtempSync(join(tmpdir(), 'mp-api-'));
  const time = { aheadMs: 0 };
  const clock = { now: () => Date.now() + time.aheadMs };
  const logFile = join(dir, 'log');
  const log = createLog('test', 'debug', logFile);
  const at = { dir, clock };
  const [bus, state, archive, database] = await Promise.all([
    createBus(loadConfig(busFields, {}), at),
    createState(loadConfig(stateFields, {}), at),
    createArchive(loadConfig(archiveFields, {}), at),
    createDatabase(loadConfig(databaseFields, { PEPPER: 'p'.repeat(32) }), { ...at, log }),
  ]);
  const engines = { bus, state, archive, database, registry: createEmbeddedRegistry() };
  const running: RunningApi[] = [];
  return {
    ...engines,
    time,
    logFile,
    async app(settings) {
      const { id } = await database.apps.create({ name: 'test', ...(settings && { settings }) });
      const { secret } = await database.credentials.issue(id);
      return { id, secret };
    },
    async api(env = {}, replaced = {}) {
      const deps: ApiDeps = {
        config: loadConfig({ ...apiFields, ...stateFields }, env),
        log,
        metrics: new Metrics(),
        clock,
        random: (size) => randomBytes(size),
        id: `api-${running.length}`,
        incarnation: randomBytes(8).toString('hex'),
        clusterSecrets: ['s'.repeat(32)],
        ...engines,
        ...replaced,
      };
      const app = buildApp(deps);
      const address = await app.listen({ host: '127.0.0.1', port: 0 });
      await app.start();
      const api = { url: `http://${address}`, deps, stop: () => app.stop() };
      running.push(api);
      return api;
    },
    async close() {
      await Promise.all(running.map((api) => api.stop()));
      await Promise.allSettled([bus.close(), state.close(), archive.close(), database.close()]);
      rmSync(dir, { recursive: true, force: true });
    },
  };
}

/** `target` with some of its calls replaced; the others reach it as they are. */
export function replaced<T extends object>(target: T, over: Partial<T>): T {
  return new Proxy(target, {
    get(_target, name) {
      if (Object.hasOwn(over, name)) return Reflect.get(over, name);
      const value: unknown = Reflect.get(target, name);
      return typeof value === 'function' ? value.bind(target) : value;
    },
  });
}

export function basic({ id, secret }: { id: string; secret: string }): string {
  return `Basic ${Buffer.from(`${id}:${secret}`).toString('base64')}`;
}

/** Calls a path below the base with JSON; `headers` win over the defaults, an empty one is left out. */
export async function call(
  api: { url: string },
  authorization: string,
  method: string,
  path: string,
  body?: unknown,
  headers: Record<string, string> = {},
): Promise<Answer> {
  const all = { authorization, 'content-type': 'application/json', 'accept-language': 'en', ...headers };
  const sent = Object.entries(all).filter(
    ([name, value]) => value !== '' && (body !== undefined || name !== 'content-type'),
  );
  const response = await fetch(`${api.url}${path.startsWith('/admin') ? '' : '/message-push/v1'}${path}`, {
    method,
    headers: Object.fromEntries(sent),
    redirect: 'manual',
    ...(body !== undefined && {
      body: body instanceof Uint8Array || typeof body === 'string' ? body : JSON.stringify(body),
    }),
  });
  const text = await response.text();
  return { status: response.status, headers: response.headers, body: JSON.parse(text) };
}

/** A push as the original's clients write it. */
export function pushBody(uids: unknown, content: unknown = 'hello', more: Record<string, unknown> = {}) {
  return { push_method: 1, platform: 'all', audience: { uids }, message: { content }, ...more };
}
