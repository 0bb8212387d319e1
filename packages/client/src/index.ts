// The SDK: `connect` for people's devices (browser, Node), `createPushClient` for business back ends.
export {
  type ClientEvents,
  type ConnectionState,
  type ConnectOptions,
  connect,
  type PushConnection,
  type PushMessage,
} from './connect.ts';
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
