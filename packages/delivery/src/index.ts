export * from './inbox.ts';
export { sweep } from './inbox-parts.ts';
export * from './lanes.ts';
export * from './offsets.ts';
export * from './outlet.ts';
export * from './reader.ts';
export * from './scope.ts';
export * from './types.ts';
