// The SDK: `connect` for people's devices (browser, Node), `createPushClient` for business back ends.
export { type ConnectOptions, connect, type PushConnection } from './connect.ts';
export type { ClientEvents, ConnectionState } from './events.ts';
export type { PushMessage } from './handover.ts';
export {
  createPushClient,
  type PushClient,
  type PushClientOptions,
  PushError,
  type PushInput,
  type PushResult,
  type TokenInput,
} from './push.ts';
export { type ClientStorage, defaultStorage, memoryStorage } from './storage.ts';
