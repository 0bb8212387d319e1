// What the console and the api say to each other, /admin/v1: one file per resource. Apart from the index, which other processes load.
export * from './apps.ts';
export * from './dead-letters.ts';
export * from './health.ts';
export * from './limits.ts';
export * from './messages.ts';
export * from './people.ts';
export * from './playground.ts';
export * from './query-language.ts';
export * from './rights.ts';
export * from './ring.ts';
export * from './stream.ts';
export * from './users.ts';
