// The inner port of a node: calls of consumers and apis behind the cluster secret, health and metrics for everybody.
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import { bearerMatches } from '@message-push/link';
import {
  ApiError,
  errorText,
  FormatError,
  type InnerDisconnectAnswer,
  type InnerDisconnectRequest,
  type InnerPushAnswer,
  type InnerPushRequest,
  innerDisconnectJson,
  innerPushRequestJson,
  type NodeStats,
  type SeriesRange,
  type SeriesSamples,
  type SessionInfo,
} from '@message-push/protocol';
import type { Log, Metrics } from '@message-push/runtime';

/** What the inner port does; errors are ApiErrors. */
export interface Inner {
  push(request: InnerPushRequest): InnerPushAnswer;
  /** Sessions told to close. */
  disconnect(request: InnerDisconnectRequest): InnerDisconnectAnswer;
  /** Starts or, with `undo`, ends draining. */
  drain(undo: boolean): NodeStats;
  stats(): NodeStats;
  series(range: SeriesRange): SeriesSamples;
  sessions(app: string, uid: string): SessionInfo[];
}

export interface InnerServerOptions {
  inner: Inner;
  clusterSecrets: string[];
  bodyBytesMax: number;
  metrics: Metrics;
  log: Log;
  missing(): string[];
}

/** Consumers keep their connections; one that says nothing for this long is closed. */
const KEEP_ALIVE_MS = 65_000;

/** `query` is what stands behind the question mark. */
type Handler = (query: string, body: Buffer) => unknown;

export function createInnerServer(options: InnerServerOptions): Server {
  const { inner, missing, metrics, log } = options;
  const open: Record<string, Handler> = {
    'GET /healthz': () => ({ status: 'ok' }),
    'GET /readyz': () => ({ missing: missing() }),
  };
  const secret: Record<string, Handler> = {
    'POST /v1/inner/push': (_, body) => inner.push(innerPushRequestJson.decode(body)),
    'POST /v1/inner/disconnect': (_, body) => inner.disconnect(innerDisconnectJson.decode(body)),
    'POST /v1/inner/drain': (_, body) => inner.drain(isUndo(body)),
    'GET /v1/inner/stats': () => inner.stats(),
    'GET /v1/inner/series': (query) => inner.series(param(query, 'range') === '1h' ? '1h' : '15m'),
    'GET /v1/inner/sessions': (query) => inner.sessions(param(query, 'app'), param(query, 'uid')),
  };

  const server = createServer({ keepAliveTimeout: KEEP_ALIVE_MS, noDelay: true }, (request, response) => {
    answer(request, response).catch((error: unknown) => refuse(request, response, error, log));
  });
  return server;

  async function answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const url = request.url ?? '/';
    const [path = '/'] = url.split('?', 1);
    const query = url.slice(path.length + 1);
    const route = `${request.method} ${path}`;
    if (route === 'GET /metrics') {
      const text = await metrics.metrics();
      response.writeHead(200, { 'content-type': metrics.contentType }).end(text);
      return;
    }
    const handler = open[route] ?? secret[route];
    if (handler === undefined) throw new ApiError('NOT_FOUND', { params: { what: path } });
    if (open[route] === undefined && !bearerMatches(request.headers.authorization, options.clusterSecrets))
      throw new ApiError('INVALID_AUTHORIZATION');
    const body = await readBody(request, options.bodyBytesMax);
    const result = JSON.stringify(await handler(query, body));
    const status = route === 'GET /readyz' && missing().length > 0 ? 503 : 200;
    response.writeHead(status, { 'content-type': 'application/json', 'content-length': Buffer.byteLength(result) });
    response.end(result);
  }
}

/** By its events: an iterator over a request costs as much as the rest of a post with one delivery. */
function readBody(request: IncomingMessage, bytesMax: number): Promise<Buffer> {
  return new Promise((resolve, reject) => {
    const chunks: Buffer[] = [];
    let bytes = 0;
    request.on('data', (chunk: Buffer) => {
      bytes += chunk.length;
      if (bytes <= bytesMax) chunks.push(chunk);
      else reject(new ApiError('BODY_TOO_LARGE', { params: { limit: String(bytesMax) } }));
    });
    request.on('end', () =>
      resolve(chunks.length === 1 && chunks[0] !== undefined ? chunks[0] : Buffer.concat(chunks)),
    );
    request.on('error', reject);
    request.on('close', () => reject(new Error('the request was cut off')));
  });
}

/** The body is `{"undo":true}`, or anything else for draining. */
function isUndo(body: Buffer): boolean {
  if (body.length === 0) return false;
  try {
    const value: unknown = JSON.parse(body.toString('utf8'));
    return typeof value === 'object' && value !== null && 'undo' in value && value.undo === true;
  } catch (cause) {
    throw new ApiError('NOT_JSON', { cause });
  }
}

function param(query: string, name: string): string {
  const value = new URLSearchParams(query).get(name);
  if (value === null || value === '')
    throw new ApiError('INVALID_QUERY', { params: { problem: `${name} is missing` } });
  return value;
}

function apiErrorOf(error: unknown): ApiError {
  if (error instanceof ApiError) return error;
  if (error instanceof FormatError)
    return new ApiError('INVALID_BODY', { params: { problem: error.message }, cause: error });
  return new ApiError('INTERNAL', { cause: error });
}

/** An ApiError is answered with its code; anything else is ours: logged, and nothing of it leaves. */
function refuse(request: IncomingMessage, response: ServerResponse, error: unknown, log: Log): void {
  const known = apiErrorOf(error);
  if (known.http >= 500) log.error({ err: error, url: request.url }, 'an inner call failed');
  if (response.headersSent) {
    response.destroy();
    return;
  }
  const text = JSON.stringify({ code: known.http, msg: errorText(known.code, 'en', known.params), error: known.code });
  // The rest of a body that was not read would be taken for the next request.
  const connection = request.readableEnded ? 'keep-alive' : 'close';
  response.writeHead(known.http, { 'content-type': 'application/json', connection }).end(text);
}
