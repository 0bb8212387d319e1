// runtime: what every process needs and none should write twice: configuration, log, metrics, clock, life cycle.
export * from './access-token.ts';
export * from './clock.ts';
export * from './config.ts';
export * from './log.ts';
export * from './metrics.ts';
export * from './mixture.ts';
export * from './process-fields.ts';
export * from './ring-seen.ts';
export * from './run-process.ts';
export * from './service.ts';
