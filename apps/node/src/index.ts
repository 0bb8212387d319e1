// node: what apps/standalone composes.
export { buildApp, type NodeDeps } from './app.ts';
export { type NodeConfig, nodeFields } from './config.ts';
