// consumer: what apps/standalone composes.
export { buildApp, type ConsumerDeps } from './app.ts';
export { type ConsumerConfig, consumerFields } from './config.ts';
