// The gateway's plain HTTP: health, readiness, metrics; anything else is refused with the envelope.
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import { ApiError } from '@message-push/protocol';
import type { Log, Metrics } from '@message-push/runtime';
import { pathOf } from './credentials.ts';
import { CLIENT_PATH, languageOf, refusalBody } from './upgrade.ts';

export interface HttpDeps {
  metrics: Metrics;
  log: Log;
  missing(): string[];
}

/** An upgrade request must be complete within this. */
export const HEADERS_TIMEOUT_MS = 10_000;

export function createHttp(deps: HttpDeps): Server {
  const options = { noDelay: true, headersTimeout: HEADERS_TIMEOUT_MS, requestTimeout: HEADERS_TIMEOUT_MS };
  return createServer(options, (request, response) => {
    answer(deps, request, response).catch((error: unknown) => {
      deps.log.error({ err: error }, 'a request of the health port failed');
      refuse(request, response, new ApiError('INTERNAL', { cause: error }));
    });
  });
}

async function answer(
  { metrics, missing }: HttpDeps,
  request: IncomingMessage,
  response: ServerResponse,
): Promise<void> {
  const path = pathOf(request.url ?? '');
  if (path === CLIENT_PATH) return refuse(request, response, new ApiError('UPGRADE_REQUIRED'));
  if (path !== '/healthz' && path !== '/readyz' && path !== '/metrics')
    return refuse(request, response, new ApiError('NOT_FOUND', { params: { what: 'path' } }));
  if (request.method !== 'GET' && request.method !== 'HEAD')
    return refuse(request, response, new ApiError('METHOD_NOT_ALLOWED', { params: { allowed: 'GET' } }));
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

function refuse(request: IncomingMessage, response: ServerResponse, error: ApiError): void {
  if (response.headersSent) {
    response.destroy();
    return;
  }
  const body = refusalBody(error.code, error.http, error.params, languageOf(request));
  // A body that nobody reads would be taken for the next request.
  response.writeHead(error.http, { 'content-type': 'application/json; charset=utf-8', connection: 'close' }).end(body);
}
