// A server of HTTP for tests: it answers what the test says, or never, and keeps what it was asked.
import { once } from 'node:events';
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import { createServer as createTlsServer } from 'node:https';
import type { AddressInfo } from 'node:net';

/** What Nacos lists of a service without instances. */
export const EMPTY_LIST = JSON.stringify({ hosts: [] });

export interface Asked {
  method: string;
  url: string;
  headers: IncomingMessage['headers'];
  body: string;
}
/** Undefined: it never answers. */
export type Answer = { status: number; body: string } | undefined;

export class Station {
  readonly asked: Asked[] = [];
  answer: (asked: Asked) => Answer = () => ({ status: 200, body: EMPTY_LIST });
  readonly #server: Server;

  constructor({ tls = false } = {}) {
    const onRequest = async (request: IncomingMessage, response: ServerResponse) => {
      let body = '';
      for await (const part of request) body += part;
      const { method = '', url = '', headers } = request;
      const asked = { method, url, headers, body };
      this.asked.push(asked);
      const answer = this.answer(asked);
      if (answer !== undefined) response.writeHead(answer.status).end(answer.body);
    };
    this.#server = tls
      ? createTlsServer({ cert: TEST_CERTIFICATE, key: TEST_KEY }, onRequest)
      : createServer(onRequest);
  }

  async listen(): Promise<string> {
    this.#server.listen(0, '127.0.0.1');
    await once(this.#server, 'listening');
    // A server that listens on a TCP port has an AddressInfo.
    return `127.0.0.1:${(this.#server.address() as AddressInfo).port}`;
  }

  async close(): Promise<void> {
    this.#server.closeAllConnections();
    await new Promise((resolve) => this.#server.close(resolve));
  }
}

/** Made for these tests: valid for 127.0.0.1 until 2126, known to nobody else. */
export const TEST_CERTIFICATE = `-----BEGIN CERTIFICATE-----
MIIBoDCCAUagAwIBAgIUSTm1g2U6xZU36fLsU5zCv0OpBgQwCgYIKoZIzj0EAwIw
HDEaMBgGA1UEAwwRbWVzc2FnZS1wdXNoIHRlc3QwIBcNMjYxMTIzMTIxOTMyWhgP
MjEyNjEwMzAxMjE5MzJaMBwxGjAYBgNVBAMMEW1lc3NhZ2UtcHVzaCB0ZXN0MFkw
EwYHKoZIzj0CAQYIKoZIzj0DAQcDQgAEvM1Cl1a74aRPeKH40LZPouylgKA7qVPO
e5Ydjm8ImjybHgdn66+C7cUBAZe5NiQJGGm7hYpTgqcTRX4j8Mlx7aNkMGIwHQYD
VR0OBBYEFIVjDhw8ukHEtCwbvho5Sb4QZ/DjMB8GA1UdIwQYMBaAFIVjDhw8ukHE
tCwbvho5Sb4QZ/DjMA8GA1UdEwEB/wQFMAMBAf8wDwYDVR0RBAgwBocEfwAAATAK
BggqhkjOPQQDAgNIADBFAiAdwv5m2PGuSd5gnnD5N9YpwP2BziHXuvAgKKhwVylc
wAIhANPmZXXDx+DngpCUGB5R3zqz0bvpPsjmYesLyU7SsgIg
-----END CERTIFICATE-----
`;
const TEST_KEY = `-----BEGIN PRIVATE KEY-----
MIGHAgEAMBMGByqGSM49AgEGCCqGSM49AwEHBG0wawIBAQQgwvpl36EAPbhxKag9
KxqZh4nCmIm6fKVbbjxu+OSMIX+hRANCAAS8zUKXVrvhpE94ofjQtk+i7KWAoDup
U857lh2ObwiaPJseB2frr4LtxQEBl7k2JAkYabuFilOCpxNFfiPwyXHt
-----END PRIVATE KEY-----
`;
