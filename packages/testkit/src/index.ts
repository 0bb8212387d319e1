// testkit: real processes, clients written as customers write them, and the invariants that every run must keep.
export * from './account.ts';
export * from './back-end.ts';
export { checkoutOf, missingCommit } from './checkout.ts';
export * from './cluster.ts';
export type { ProcessInfo, Role } from './cluster-control.ts';
export * from './launch.ts';
export * from './legacy-client.ts';
export * from './own-engines.ts';
export { type SpawnedApp, spawnApp } from './spawn-app.ts';
export { createTcpProxy, type TcpProxy, type TcpProxyCounts, type TcpProxyOptions } from './tcp-proxy.ts';
export { type ProxyCommand, type ProxyProcess, startTcpProxy } from './tcp-proxy-process.ts';
