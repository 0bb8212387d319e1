// gateway: what apps/standalone composes.
export { buildApp, type GatewayAppDeps, type GatewayStats } from './app.ts';
export { type GatewayConfig, gatewayFields } from './config.ts';
