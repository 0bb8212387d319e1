// Connections to brokers and single requests over them, on kafkajs's network and codec; nothing here retries.
import './request-queue.ts';
import { isIP } from 'node:net';
import Broker from 'kafkajs/src/broker/index.js';
import loggers, { type Logger } from 'kafkajs/src/loggers/index.js';
import ConnectionPool from 'kafkajs/src/network/connectionPool.js';
import socketFactory from 'kafkajs/src/network/socketFactory.js';
import Encoder from 'kafkajs/src/protocol/encoder.js';
import errors from 'kafkajs/src/protocol/error.js';
import apiKeys from 'kafkajs/src/protocol/requests/apiKeys.js';
import protocol, { type Message } from 'kafkajs/src/protocol/requests/index.js';
import type { Answers } from './answers.ts';

export type { Broker, Logger, Message };

export interface Address {
  host: string;
  port: number;
}

export interface DriverOptions {
  clientId: string;
  ssl?: { ca?: string };
  sasl?: { mechanism: string; username: string; password: string };
  connectionTimeout: number;
  requestTimeout: number;
  logger: Logger;
}

/** A broker to talk to; it connects at its first use. */
export function openBroker(options: DriverOptions, { host, port }: Address): Broker {
  const { logger, ...rest } = options;
  const connectionPool = new ConnectionPool({ ...rest, logger, host, port, socketFactory: socketFactory() });
  return new Broker({ connectionPool, logger, allowAutoTopicCreation: false });
}

/**
 * Sends one request in the newest version that both sides speak. Error codes are left in the answer. An answer may take its own time.
 */
export async function call<A extends keyof Answers>(
  broker: Broker,
  api: A,
  args: object,
  requestTimeout?: number,
): Promise<Answers[A]> {
  const key = apiKeys[api];
  if (key === undefined) throw new Error(`kafkajs has no ${api}`);
  await connect(broker); // learns what the broker speaks
  const message = broker.lookupRequest(key, protocol.requests[api])(args);
  // The shapes in Answers are what the decoders of these requests give.
  return (await send(broker, requestTimeout ? { ...message, requestTimeout } : message)) as Answers[A];
}

/** Sends a request. A broker whose connection broke or does not answer is given up: see `retire`. */
export async function send(broker: Broker, message: Message): Promise<unknown> {
  await connect(broker);
  const { decode } = message.response;
  try {
    // Its first connection, not the pool's choice: several requests at once would each open the second one.
    return await broker.connectionPool.pool[0]?.send({
      ...message,
      response: { decode, parse: async (decoded) => decoded },
    });
  } catch (cause) {
    if (isConnectionTrouble(cause)) giveUp(broker);
    throw cause;
  }
}

/** Returns with a connection, or throws. */
export async function connect(broker: Broker): Promise<void> {
  if (!RETIRED.has(broker) && !broker.isConnected()) await broker.connect();
  if (!RETIRED.has(broker)) return;
  cut(broker); // it may have been retired while it connected
  throw new Error('the connection is closed');
}

/** Takes no more requests; what is under way goes on. */
export function retire(broker: Broker): void {
  RETIRED.add(broker);
}

/** It is not to be used again: take another one. */
export function isRetired(broker: Broker): boolean {
  return RETIRED.has(broker);
}

/**
 * Cuts the connection, so that all that waits for an answer fails now. kafkajs's own way to disconnect waits for those answers first, and
 * then ends whatever connection was made meanwhile.
 */
export function giveUp(broker: Broker): void {
  retire(broker);
  cut(broker);
}

function cut(broker: Broker): void {
  for (const { socket } of broker.connectionPool.pool) if (!socket?.destroyed) socket?.destroy(new Error('given up'));
}

const RETIRED = new WeakSet<Broker>();

/** A body that is encoded already, as kafkajs takes it. */
export function encoded(body: Buffer): unknown {
  return new Encoder(body.length).writeBuffer(body);
}

/** The answer never came: nobody knows what the broker did. */
export function isConnectionTrouble(cause: unknown): boolean {
  return cause instanceof Error && TROUBLE.has(cause.name);
}

/** An error code that goes away by itself: a leader is being elected, a coordinator loads. */
export function passes(cause: unknown): boolean {
  return (
    cause instanceof Error && cause.name === 'KafkaJSProtocolError' && 'retriable' in cause && cause.retriable === true
  );
}

const TROUBLE = new Set(['KafkaJSConnectionError', 'KafkaJSConnectionClosedError', 'KafkaJSRequestTimeoutError']);

/** Throws what an error code of an answer means; 0 is no error. */
export function check(code: number): void {
  if (code !== 0) throw errorOf(code);
}

export function errorOf(code: number): Error & { type: string } {
  return errors.createErrorFromCode(code);
}

/** `host:port`, an IPv6 address in brackets; undefined when it is neither. */
export function addressOf(text: string): Address | undefined {
  const [, ipv6, name, digits] = /^(?:\[([^\]]+)\]|([^\s:/[\]]+)):(\d{1,5})$/.exec(text) ?? [];
  const host = ipv6 ?? name;
  const port = Number(digits);
  if (host === undefined || port < 1 || port > 65_535 || (ipv6 !== undefined && isIP(ipv6) !== 6)) return undefined;
  return { host, port };
}

/** kafkajs's own lines, handed on when they are warnings or worse. */
export function driverLogger(line: (text: string, broker: string | undefined) => void): Logger {
  const logCreator =
    () =>
    ({ namespace, log }: { namespace: string; log: { message: string; broker?: string } }) =>
      line(`${namespace}: ${log.message}`, log.broker);
  return loggers.createLogger({ level: loggers.LEVELS.WARN, logCreator });
}
