// The parts of kafkajs 2.2.4 that the bus is built on, as they are used here; kafkajs's own types cover its clients only.

declare module 'kafkajs/src/broker/index.js' {
  import type { Logger } from 'kafkajs/src/loggers/index.js';
  import type { Connections, Protocol } from 'kafkajs/src/protocol/requests/index.js';

  /** One node of the cluster: knows which versions of each request it speaks. */
  export default class Broker {
    constructor(options: { connectionPool: Connections; logger: Logger; allowAutoTopicCreation: boolean });
    readonly connectionPool: Connections;
    /** By key of the request; null before the first connection. */
    readonly versions: Record<number, { maxVersion: number }> | null;
    isConnected(): boolean;
    connect(): Promise<void>;
    disconnect(): Promise<void>;
    lookupRequest(apiKey: number, definitions: unknown): Protocol;
  }
}

declare module 'kafkajs/src/network/connectionPool.js' {
  import type { Connections } from 'kafkajs/src/protocol/requests/index.js';

  /** Two connections to one node. kafkajs fetches over the second one; here it is never opened. */
  const ConnectionPool: new (options: object) => Connections;
  export default ConnectionPool;
}

declare module 'kafkajs/src/protocol/requests/index.js' {
  /** What a request looks like on the wire, and its answer. */
  export interface Message {
    request: { apiKey: number; apiVersion: number; apiName: string; encode(): Promise<unknown> };
    response: { decode(payload: Uint8Array): Promise<unknown>; parse(decoded: unknown): Promise<unknown> };
    requestTimeout?: number | undefined;
  }
  export type Protocol = (args: object) => Message;
  export interface Connections {
    readonly pool: { socket?: import('node:net').Socket; send(message: Message): Promise<unknown> }[];
  }
  const all: { requests: Record<string, unknown> };
  export default all;
}

declare module 'kafkajs/src/protocol/requests/produce/index.js' {
  import type { Protocol } from 'kafkajs/src/protocol/requests/index.js';

  const produce: { protocol(options: { version: number }): Protocol };
  export default produce;
}

declare module 'kafkajs/src/protocol/requests/apiKeys.js' {
  const keys: Record<string, number>;
  export default keys;
}

declare module 'kafkajs/src/protocol/error.js' {
  const errors: { createErrorFromCode(code: number): Error & { type: string; code: number } };
  export default errors;
}

declare module 'kafkajs/src/protocol/encoder.js' {
  export default class Encoder {
    constructor(initialSize: number);
    writeBuffer(value: Uint8Array): this;
  }
}

declare module 'kafkajs/src/network/socketFactory.js' {
  export default function socketFactory(): unknown;
}

declare module 'kafkajs/src/loggers/index.js' {
  export interface Logger {
    namespace(name: string): Logger;
  }
  const loggers: {
    LEVELS: { WARN: number };
    createLogger(options: {
      level: number;
      logCreator(): (entry: { namespace: string; label: string; log: { message: string; broker?: string } }) => void;
    }): Logger;
  };
  export default loggers;
}

declare module 'kafkajs/src/network/requestQueue/index.js' {
  /** What a connection keeps of requests that it may not send yet. */
  export default class RequestQueue {
    pending: unknown[];
    throttledUntil: number;
    inflight: Map<number, { sentAt: number; requestTimeout: number; timeoutRequest(): void }>;
    enforceRequestTimeout: boolean;
    requestTimeout: number;
    throttleCheckTimeoutId: NodeJS.Timeout | null;
    requestTimeoutIntervalId: NodeJS.Timeout | undefined;
    isConnected(): boolean;
    scheduleRequestTimeoutCheck(): void;
    destroy(): void;
    checkPendingRequests(): void;
    scheduleCheckPendingRequests(): void;
  }
}
