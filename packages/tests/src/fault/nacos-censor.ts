// Stands between the processes and Nacos, and leaves nodes out of its lists when told: what Nacos says while its nodes come back to it.
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { request } from 'undici';

export interface NacosCensor {
  /** host:port, for NACOS_SERVERS. */
  readonly address: string;
  /** Lists of nodes that were shortened so far. */
  readonly shortened: number;
  /** Lists name this node alone; undefined = whom Nacos names. */
  only: string | undefined;
  close(): Promise<void>;
}

const LIST = '/nacos/v1/ns/instance/list';
/** Of a connection alone: whoever asks has a connection of his own. */
const HOP_HEADERS = ['connection', 'keep-alive', 'transfer-encoding', 'content-length', 'host', 'expect'];

export async function createNacosCensor(target: string): Promise<NacosCensor> {
  const server = createServer((incoming, response) => {
    censor.pass(incoming, response).catch(() => response.destroy()); // as if Nacos had not answered
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const censor = new Censor(target, server);
  return censor;
}

class Censor implements NacosCensor {
  only: string | undefined;
  shortened = 0;
  readonly #target: string;
  readonly #server: Server;

  constructor(target: string, server: Server) {
    this.#target = target;
    this.#server = server;
  }

  get address(): string {
    // A server that listens on a TCP port has an AddressInfo.
    return `127.0.0.1:${(this.#server.address() as AddressInfo).port}`;
  }

  async pass(incoming: IncomingMessage, response: ServerResponse): Promise<void> {
    const { method = 'GET', url = '/', headers } = incoming;
    const chunks: Buffer[] = [];
    for await (const chunk of incoming) chunks.push(chunk);
    const answer = await request(`http://${this.#target}${url}`, {
      method,
      headers: Object.fromEntries(Object.entries(headers).filter(([name]) => !HOP_HEADERS.includes(name))),
      body: chunks.length === 0 ? null : Buffer.concat(chunks),
    });
    const text = await answer.body.text();
    const { pathname, searchParams } = new URL(url, 'http://nacos');
    const isOfNodes = pathname === LIST && searchParams.get('serviceName')?.endsWith('-node') === true;
    response.writeHead(answer.statusCode, { 'content-type': String(answer.headers['content-type'] ?? 'text/plain') });
    response.end(isOfNodes && answer.statusCode === 200 ? this.#shortened(text) : text);
  }

  close(): Promise<void> {
    this.#server.closeAllConnections();
    return new Promise((resolve) => this.#server.close(() => resolve()));
  }

  #shortened(text: string): string {
    if (this.only === undefined) return text;
    // as Nacos lists instances: {hosts: [{metadata}]}
    const list = JSON.parse(text) as { hosts: { metadata: Record<string, string> }[] };
    const hosts = list.hosts.filter(({ metadata }) => metadata['mp.id'] === this.only);
    if (hosts.length < list.hosts.length) this.shortened++;
    return JSON.stringify({ ...list, hosts });
  }
}
