// api: the public REST interface, and the first part of the administration.
export { type ApiDeps, buildApp } from './app.ts';
export { type ApiConfig, apiFields } from './config.ts';
