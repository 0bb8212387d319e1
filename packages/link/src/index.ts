// link: both ends of the multiplexed link between a gateway and a node.
export * from './bearer.ts';
export * from './client.ts';
export * from './config.ts';
export { LINK_VERSIONS, Link, type LinkEvents, type LinkSelf } from './link.ts';
export * from './link-error.ts';
export * from './server.ts';
