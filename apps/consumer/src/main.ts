// Runs one consumer: reads its configuration, waits for its engines, and ends what is under way on SIGTERM.
import { archiveFields, createArchive } from '@message-push/archive';
import { busFields, createBus } from '@message-push/bus';
import { runProcess } from '@message-push/runtime';
import { createState, stateFields } from '@message-push/state';
import { buildApp } from './app.ts';
import { consumerFields } from './config.ts';

await runProcess({
  role: 'consumer',
  fields: { ...consumerFields, ...busFields, ...stateFields, ...archiveFields },
  env: process.env,
  mixture: ({ bus, state, archive }) => ({ bus, state, archive }),
  engines: (config, deps) => ({
    bus: () => createBus(config, deps),
    state: () => createState(config, deps),
    archive: () => createArchive(config, deps),
  }),
  needed: ['bus', 'state'],
  build: ({ engines, ...deps }) => buildApp({ ...deps, ...engines }),
});
