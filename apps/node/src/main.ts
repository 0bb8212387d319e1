// Runs one node: reads its configuration, chooses the capabilities, listens, and drains on SIGTERM.
import { randomBytes } from 'node:crypto';
import { busFields, createBus } from '@message-push/bus';
import { createRegistry, registryFields } from '@message-push/registry';
import { createLog, loadConfig, Metrics, processFields, systemClock } from '@message-push/runtime';
import { createState, stateFields } from '@message-push/state';
import { buildApp } from './app.ts';
import { nodeFields } from './config.ts';

const fields = { ...processFields, ...nodeFields, ...busFields, ...stateFields, ...registryFields };
