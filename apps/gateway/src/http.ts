// The gateway's plain HTTP: health, readiness, metrics; anything else is refused with the envelope.
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { Duplex } from 'node:stream';
import { ApiError, type ErrorCode } from '@message-push/protocol';
import type { Log, Metrics } from '@message-push/runtime';
import { pathOf } from './credentials.ts';
import { httpText, languageOf, type Refusals } from './refusals.ts';
import { CLIENT_PATH } from './upgrade.ts';

export interface HttpDeps {
  metrics: Metrics;
  log: Log;
  refusals: Refusals;
  missing(): string[];
}

/** An upgrade request must be complete within this. */
export const HEADERS_TIMEOUT_MS = 10_000;

/** A peer whose request was no HTTP gets this long to read the answer. */
const LINGER_MS = 500;

export function createHttp(deps: HttpDeps): Server {
  const options = {
    noDelay: true,
    headersTimeout: HEADERS_TIMEOUT_MS,
    requestTimeout: HEADERS_TIMEOUT_MS,
    // Looked at here: Node would refuse without the envelope.
    requireHostHeader: false,
  };
  const server = createServer(options, (request, response) => {
    answer(deps, request, response).catch((error: unknown) => {
      deps.log.error({ err: error }, 'a request of the health port failed');
      refuse(deps, request, response, new ApiError('INTERNAL', { cause: error }));
    });
  });
  server.on('clientError', (error: NodeJS.ErrnoException, socket) => refuseConnection(deps, error, socket));
  server.on('connect', (_request, socket) => refuseConnection(deps, new Error('CONNECT'), socket));
  // An expectation is nothing to refuse for: the request is answered as it is.
  server.on('checkExpectation', (request, response) => server.emit('request', request, response));
  return server;
}

async function answer(deps: HttpDeps, request: IncomingMessage, response: ServerResponse): Promise<void> {
  const { metrics, missing } = deps;
  if (request.headers.host === undefined && request.httpVersion === '1.1')
    return refuse(deps, request, response, new ApiError('MALFORMED_HTTP'));
  const path = pathOf(request.url ?? '');
  if (path === CLIENT_PATH) return refuse(deps, request, response, new ApiError('UPGRADE_REQUIRED'));
  if (path !== '/healthz' && path !== '/readyz' && path !== '/metrics')
    return refuse(deps, request, response, new ApiError('NOT_FOUND', { params: { what: 'path' } }));
  if (request.method !== 'GET' && request.method !== 'HEAD')
    return refuse(deps, request, response, new ApiError('METHOD_NOT_ALLOWED', { params: { allowed: 'GET' } }));
  if (path === '/metrics') {
    const text = await metrics.metrics();
    response.writeHead(200, { 'content-type': metrics.contentType }).end(text);
    return;
  }
  const lacks = path === '/readyz' ? missing() : [];
  const body =
    path === '/readyz' ? { status: lacks.length === 0 ? 'ready' : 'waiting', missing: lacks } : { status: 'ok' };
  response.writeHead(lacks.length === 0 ? 200 : 503, { 'content-type': 'application/json' }).end(JSON.stringify(body));
}

function refuse({ refusals }: HttpDeps, request: IncomingMessage, response: ServerResponse, error: ApiError): void {
  if (response.headersSent) {
    response.destroy();
    return;
  }
  const { status, headers, body } = refusals.of(error, languageOf(request));
  response.writeHead(status, headers).end(body);
}

/** What came in is no HTTP, or not all of it came. */
function refuseConnection({ refusals }: HttpDeps, error: NodeJS.ErrnoException, socket: Duplex): void {
  if (error.code === 'ECONNRESET' || !socket.writable || socket.writableEnded) {
    socket.destroy();
    return;
  }
  socket.end(httpText(refusals.of(new ApiError(connectionError(error.code)), 'en')));
  setTimeout(() => socket.destroy(), LINGER_MS).unref();
}

function connectionError(code: string | undefined): ErrorCode {
  if (code === 'HPE_HEADER_OVERFLOW') return 'HEADERS_TOO_LARGE';
  return code === 'ERR_HTTP_REQUEST_TIMEOUT' ? 'REQUEST_TIMEOUT' : 'MALFORMED_HTTP';
}
