// database: what people administer: apps with aliases and settings, credentials, operators with sessions, audit.
export { databaseFields } from './config.ts';
export { createDatabase, type DatabaseDeps } from './create.ts';
export { FIRST_USE_GRACE_S } from './credentials.ts';
export { runningEmbedded } from './embedded.ts';
export { loadOrMakePepper } from './pepper.ts';
export { looksLikeSecret } from './secrets.ts';
export { APP_SETTINGS } from './settings.ts';
export type * from './types.ts';
