// gateway: what apps/standalone composes.
export { buildApp, type GatewayAppDeps } from './app.ts';
export { type GatewayConfig, gatewayFields } from './config.ts';
export type { GatewayStats } from './stats.ts';
