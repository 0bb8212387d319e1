// Runs one node: reads its configuration, waits for its engines, listens, and drains on SIGTERM.
import { busFields, createBus } from '@message-push/bus';
import { createRegistry, registryFields } from '@message-push/registry';
import { runProcess } from '@message-push/runtime';
import { createState, stateFields } from '@message-push/state';
import { buildApp } from './app.ts';
import { nodeFields } from './config.ts';

await runProcess({
  role: 'node',
  fields: { ...nodeFields, ...busFields, ...stateFields, ...registryFields },
  env: process.env,
  mixture: ({ bus, state, registry }) => ({ bus, state, registry }),
  engines: (config, deps) => ({
    bus: () => createBus(config, deps),
    state: () => createState(config, deps),
    registry: () => createRegistry(config, deps),
  }),
  needed: ['bus', 'state'],
  // On the ring a node is called NODE_RING_KEY or by its address, never by the name of its process.
  build: ({ engines, id: _, ...deps }) => buildApp({ ...deps, ...engines }),
});
