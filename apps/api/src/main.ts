// Runs one api: reads its configuration, waits for its engines, listens, and drains on SIGTERM.
import { randomBytes } from 'node:crypto';
import { archiveFields, createArchive } from '@message-push/archive';
import { busFields, createBus } from '@message-push/bus';
import { createDatabase, databaseFields } from '@message-push/database';
import { createRegistry, registryFields } from '@message-push/registry';
import { runProcess } from '@message-push/runtime';
import { createState, stateFields } from '@message-push/state';
import { buildApp } from './app.ts';
import { apiFields } from './config.ts';

await runProcess({
  role: 'api',
  fields: { ...apiFields, ...busFields, ...stateFields, ...archiveFields, ...databaseFields, ...registryFields },
  env: process.env,
  mixture: ({ bus, state, archive, registry, databaseUrl, peppers }) => ({
    bus,
    state,
    archive,
    registry,
    database: { databaseUrl, peppers },
  }),
  engines: (config, deps) => ({
    bus: () => createBus(config, deps),
    state: () => createState(config, deps),
    archive: () => createArchive(config, deps),
    database: () => createDatabase(config, deps),
    registry: () => createRegistry(config, deps),
  }),
  needed: ['bus', 'state', 'database'],
  build: ({ engines, config, ...deps }) => {
    const { bus, state, archive, registry } = config;
    const engineKinds = { bus, state, archive, registry, database: 'postgresql' };
    return buildApp({ ...deps, ...engines, config, engineKinds, random: randomBytes });
  },
});
