// A server that answers as a test says, for what a real Elasticsearch does only when it is full, overloaded or closed to us.
import { createServer, type IncomingMessage, type RequestListener } from 'node:http';
import { createServer as createTlsServer } from 'node:https';
import type { AddressInfo } from 'node:net';

export interface StubRequest {
  method: string;
  path: string;
  body: string;
  authorization: string | undefined;
}

export interface StubServer {
  port: number;
  requests: StubRequest[];
  close(): Promise<void>;
}

/** Made for these tests: valid for 127.0.0.1 until 2126, known to nobody else. */
export const TEST_CERTIFICATE = `-----BEGIN CERTIFICATE-----
MIIBqzCCAVGgAwIBAgIUUjA8TGaMnKrHTfEGX10M74zcrZ0wCgYIKoZIzj0EAwIw
HDEaMBgGA1UEAwwRbWVzc2FnZS1wdXNoIHRlc3QwIBcNMjYxMTIzMTIxNDA2WhgP
MjEyNjEwMzAxMjE0MDZaMBwxGjAYBgNVBAMMEW1lc3NhZ2UtcHVzaCB0ZXN0MFkw
EwYHKoZIzj0CAQYIKoZIzj0DAQcDQgAE7XfbXMZPaKy6Je676oAdMNCTRKfmpLyd
8uk88PHP0hjgptM/3PN0wo+i4X0CoKPe0xg/Vdi45q+m+SxbvUqp+aNvMG0wHQYD
VR0OBBYEFEm4e5T8tQQ5XEE4j669gtxHjFg2MB8GA1UdIwQYMBaAFEm4e5T8tQQ5
XEE4j669gtxHjFg2MA8GA1UdEwEB/wQFMAMBAf8wGgYDVR0RBBMwEYcEfwAAAYIJ
bG9jYWxob3N0MAoGCCqGSM49BAMCA0gAMEUCIQCbIc3fe1XwjZlr1AHE+YcGyXyf
bcE8lp9upM3ZRWsziQIgZmOE3SYnARfWTLjTiPdmBFneiS9Wz2riixfnXJNOEOo=
-----END CERTIFICATE-----
`;
const TEST_KEY = `-----BEGIN PRIVATE KEY-----
MIGHAgEAMBMGByqGSM49AgEGCCqGSM49AwEHBG0wawIBAQQgU9ACirN+HXPo1Jvb
MNzq9Z7rCBKfYyXq/OPvlL3BoGOhRANCAATtd9tcxk9orLol7rvqgB0w0JNEp+ak
vJ3y6Tzw8c/SGOCm0z/c83TCj6LhfQKgo97TGD9V2Ljmr6b5LFu9Sqn5
-----END PRIVATE KEY-----
`;

/** Listens on a free port of this machine; `answer` is [status, body]. */
export async function stubServer(
  answer: (request: StubRequest) => [number, unknown],
  { tls = false } = {},
): Promise<StubServer> {
  const requests: StubRequest[] = [];
  const onRequest: RequestListener = async (incoming, response) => {
    const request = await read(incoming);
    requests.push(request);
    const [status, body] = answer(request);
    // The driver speaks with nobody who does not say so.
    response.writeHead(status, { 'content-type': 'application/json', 'x-elastic-product': 'Elasticsearch' });
    response.end(JSON.stringify(body));
  };
  const server = tls ? createTlsServer({ cert: TEST_CERTIFICATE, key: TEST_KEY }, onRequest) : createServer(onRequest);
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  // A server that listens on a port has an address of this kind.
  const { port } = server.address() as AddressInfo;
  return {
    port,
    requests,
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
}

async function read(incoming: IncomingMessage): Promise<StubRequest> {
  const chunks: Buffer[] = [];
  for await (const chunk of incoming) chunks.push(chunk);
  const { method = '', url = '', headers } = incoming;
  return { method, path: url, body: Buffer.concat(chunks).toString(), authorization: headers.authorization };
}
