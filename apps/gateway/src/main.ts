// Runs one gateway: reads its configuration, waits for its engines, listens, and drains on SIGTERM.
import { createDatabase, databaseFields } from '@message-push/database';
import { createRegistry, registryFields } from '@message-push/registry';
import { runProcess } from '@message-push/runtime';
import { createState, stateFields } from '@message-push/state';
import { buildApp } from './app.ts';
import { gatewayFields } from './config.ts';

await runProcess({
  role: 'gateway',
  fields: { ...gatewayFields, ...stateFields, ...databaseFields, ...registryFields },
  env: process.env,
  mixture: ({ state, registry, databaseUrl, peppers }) => ({ state, registry, database: { databaseUrl, peppers } }),
  engines: (config, deps) => ({
    state: () => createState(config, deps),
    database: () => createDatabase(config, deps),
    registry: () => createRegistry(config, deps),
  }),
  needed: ['state', 'database'],
  build: ({ engines, ...deps }) => buildApp({ ...deps, ...engines }),
});
