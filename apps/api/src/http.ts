// The HTTP edge: one Fastify instance whose every answer, even to what is no HTTP, wears the envelope.
import { isUtf8 } from 'node:buffer';
import { STATUS_CODES } from 'node:http';
import type { Socket } from 'node:net';
import { ApiError, type ErrorCode, problemText } from '@message-push/protocol';
import { counter, histogram, type Log, type Metrics, maskUrl, type Tally, tally } from '@message-push/runtime';
import Fastify, { type FastifyError, type FastifyReply, type FastifyRequest } from 'fastify';
import type { ZodTypeProvider } from 'fastify-type-provider-zod';
import { failure, languageOf } from './answers.ts';
import type { ApiConfig } from './config.ts';
import { checkQuery, KnownRoutes, malformed } from './known-routes.ts';

export interface HttpDeps {
  config: ApiConfig;
  log: Log;
  metrics: Metrics;
  id: string;
  incarnation: string;
}

export type Server = ReturnType<typeof buildServer>;

const REQUESTS = 'mp_api_requests_total';
/** Percent-encoding makes up to 12 characters of one; a uid has 64. */
const PARAM_CHARS_MAX = 1_024;
/** A peer whose request was no HTTP gets this long to read the answer. */
const LINGER_MS = 500;

/** A server with parsers, errors, security headers, request ids and metrics, but without routes. */
export function buildServer({ config, log, metrics, id, incarnation }: HttpDeps) {
  const prefix = incarnation.slice(-8);
  let requests = 0;
  const app = Fastify({
    logger: false,
    bodyLimit: config.bodyBytesMax,
    requestTimeout: config.requestTimeoutMs,
    keepAliveTimeout: config.keepAliveMs,
    trustProxy: config.trustedProxies.length > 0 ? config.trustedProxies : false,
    forceCloseConnections: 'idle',
    return503OnClosing: false,
    routerOptions: { ignoreTrailingSlash: true, maxParamLength: PARAM_CHARS_MAX },
    http: {
      maxHeaderSize: config.headerBytesMax,
      headersTimeout: config.requestTimeoutMs,
      // Checked below, so that its refusal wears the envelope.
      requireHostHeader: false,
      connectionsCheckingInterval: Math.min(5_000, config.requestTimeoutMs),
    },
    genReqId: () => `${prefix}-${(++requests).toString(36)}`,
    clientErrorHandler: refuseConnection,
    frameworkErrors: (error, request, reply) => answerError(error, request, reply),
  }).withTypeProvider<ZodTypeProvider>();
  app.server.maxConnections = config.connectionsMax;
  // Node would answer these two by itself, without the envelope: an expectation that is not ours to meet, and a wish for a tunnel.
  app.server.on('checkExpectation', (request, response) => app.server.emit('request', request, response));
  app.server.on('connect', (_request, socket: Socket) => refuseConnection(new Error('CONNECT'), socket));

  // Handlers parse with the very schemas that they declare (see `parseInput`): the wording needs the caller's language.
  app.setValidatorCompiler(() => (value) => ({ value }));
  app.setSerializerCompiler(() => (value) => JSON.stringify(value));
  app.removeAllContentTypeParsers();
  app.addContentTypeParser('application/json', { parseAs: 'buffer' }, (request, body, done) => {
    const refusal = encodingRefusal(request);
    if (refusal !== undefined) return done(refusal);
    // `parseAs: 'buffer'` was asked for where this function was given.
    const value = parseJson(body as Buffer);
    if (value === undefined) done(new ApiError('NOT_JSON'));
    else done(null, value);
  });

  const routes = new KnownRoutes(app);
  const failed = counter(metrics, 'mp_api_errors_total', 'Answers that were errors, by code.', ['id', 'code']);
  // Per route and status, and per route: prom-client would put their labels together anew for each request.
  const answered = new Map<string, Tally>();
  const timed = new Map<string, { observe(seconds: number): void }>();
  const seconds = histogram(
    metrics,
    'mp_api_request_seconds',
    'Time from the head of a request to the end of its answer.',
    [0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 1, 10],
    ['id', 'route'],
  );

  function answerError(thrown: unknown, request: FastifyRequest, reply: FastifyReply): void {
    const part = isBadUrl(thrown) ? routes.malformedPart(request.url) : undefined;
    const error = part === undefined ? toApiError(thrown, request) : malformed(part, languageOf(request));
    failed.inc({ id, code: error.code });
    if (error.http >= 500) logFailure(log, error, request);
    if (error.retryAfterS !== undefined) reply.header('retry-after', String(Math.ceil(error.retryAfterS)));
    // Fastify would close at once, and a caller who is still sending would see a broken pipe instead of the answer.
    if (error.code === 'BODY_TOO_LARGE' && restIsBounded(request)) reply.removeHeader('connection');
    const language = languageOf(request);
    reply
      .code(error.http)
      .header('content-type', 'application/json; charset=utf-8')
      .header('content-language', language === 'zh' ? 'zh-CN' : 'en')
      .send(JSON.stringify(failure(error, language, request.id)));
  }

  function refuseConnection(error: NodeJS.ErrnoException, socket: Socket): void {
    if (error.code === 'ECONNRESET' || !socket.writable || socket.writableEnded) return;
    const refusal = new ApiError(connectionError(error.code));
    failed.inc({ id, code: refusal.code });
    const body = JSON.stringify(failure(refusal, 'en', `${prefix}-${(++requests).toString(36)}`));
    const head = `HTTP/1.1 ${refusal.http} ${STATUS_CODES[refusal.http]}\r\nContent-Type: application/json; charset=utf-8`;
    socket.end(`${head}\r\nContent-Length: ${Buffer.byteLength(body)}\r\nConnection: close\r\n\r\n${body}`);
    setTimeout(() => socket.destroy(), LINGER_MS).unref();
  }

  app.setErrorHandler(answerError);
  const refuseUnknown = (request: FastifyRequest): never => {
    const methods = routes.methods(request.url);
    if (methods.length === 0) throw new ApiError('NOT_FOUND', { params: { what: 'page' } });
    throw new ApiError('METHOD_NOT_ALLOWED', { params: { allowed: methods.join(', ') } });
  };
  app.setNotFoundHandler(refuseUnknown);
  app.addHook('onRequest', (request, reply, done) => {
    reply.headers(SECURITY_HEADERS).header('x-request-id', request.id);
    if (request.headers.host === undefined && request.raw.httpVersion === '1.1') throw new ApiError('MALFORMED_HTTP');
    if (!request.is404) return done();
    // Before the body is looked at: what is not here has no body to be wrong.
    const methods = routes.methods(request.url);
    if (methods.length > 0) reply.header('allow', methods.join(', '));
    return refuseUnknown(request);
  });
  app.addHook('preValidation', (request, _reply, done) => {
    checkQuery(request.url, languageOf(request));
    done();
  });
  app.addHook('onResponse', (request, reply, done) => {
    const route = request.is404 ? 'none' : (request.routeOptions.url ?? 'none');
    const status = String(reply.statusCode);
    const answers =
      answered.get(status + route) ?? tally(metrics, REQUESTS, 'Answered requests.', { id, route, status });
    answered.set(status + route, answers);
    answers.inc();
    const times = timed.get(route) ?? seconds.labels({ id, route });
    timed.set(route, times);
    times.observe(reply.elapsedTime / 1_000);
    if (log.isLevelEnabled('debug')) {
      const { method, url } = request;
      log.debug({ request_id: request.id, method, url: maskUrl(url), status: reply.statusCode }, 'request answered');
    }
    done();
  });
  return app;
}

/**
 * On every answer; what is a page has helmet's instead (see routes/platform.ts): helmet works them out anew for each request, for about
 * 10 µs of CPU (Node 24, 2 shared cores), and a push is to cost less than 100.
 */
export const SECURITY_HEADERS = {
  'content-security-policy': "default-src 'none';frame-ancestors 'none'",
  'referrer-policy': 'no-referrer',
  'strict-transport-security': 'max-age=31536000; includeSubDomains',
  'x-content-type-options': 'nosniff',
  'x-frame-options': 'DENY',
};

/** Bodies are not unpacked: a few bytes may hold gigabytes. */
function encodingRefusal(request: FastifyRequest): ApiError | undefined {
  const encoding = request.headers['content-encoding'] ?? 'identity';
  if (encoding.trim().toLowerCase() === 'identity') return undefined;
  const problem = problemText('oneOf', languageOf(request), { values: 'identity' });
  return new ApiError('UNSUPPORTED_MEDIA_TYPE', { details: [{ path: 'Content-Encoding', problem }] });
}

const BYTE_ORDER_MARK = Buffer.from('\ufeff');

/** The value of a JSON text in UTF-8, with or without a byte order mark; undefined for anything else. */
function parseJson(body: Buffer): unknown {
  if (!isUtf8(body)) return undefined;
  const isMarked = body.subarray(0, BYTE_ORDER_MARK.length).equals(BYTE_ORDER_MARK);
  try {
    return JSON.parse((isMarked ? body.subarray(BYTE_ORDER_MARK.length) : body).toString());
  } catch {
    return undefined;
  }
}

const FRAMEWORK_CODES: Record<string, ErrorCode> = {
  FST_ERR_CTP_BODY_TOO_LARGE: 'BODY_TOO_LARGE',
  FST_ERR_CTP_INVALID_MEDIA_TYPE: 'UNSUPPORTED_MEDIA_TYPE',
  FST_ERR_CTP_INVALID_CONTENT_LENGTH: 'MALFORMED_HTTP',
  FST_ERR_BAD_URL: 'NOT_FOUND',
  FST_ERR_MAX_PARAM_LENGTH: 'NOT_FOUND',
};

function isBadUrl(thrown: unknown): boolean {
  return thrown instanceof Error && 'code' in thrown && thrown.code === 'FST_ERR_BAD_URL';
}

function toApiError(thrown: unknown, request: FastifyRequest): ApiError {
  if (thrown instanceof ApiError) return thrown;
  // Anything may be thrown; only the fields of a FastifyError are asked for.
  const { code, statusCode } = (thrown ?? {}) as Partial<FastifyError>;
  const known = code === undefined ? undefined : FRAMEWORK_CODES[code];
  const limit = String(request.routeOptions.bodyLimit);
  if (known !== undefined) return new ApiError(known, { params: { what: 'page', limit }, cause: thrown });
  if (statusCode === 404 || statusCode === 403) return new ApiError('NOT_FOUND', { params: { what: 'page' } });
  if (statusCode !== undefined && statusCode >= 400 && statusCode < 500) return new ApiError('MALFORMED_HTTP');
  return new ApiError('INTERNAL', { cause: thrown });
}

/** What is left of a refused body is read and thrown away, up to this. */
const THROWN_AWAY_BYTES_MAX = 64 * 1024 * 1024;

function restIsBounded(request: FastifyRequest): boolean {
  return Number(request.headers['content-length'] ?? Number.NaN) <= THROWN_AWAY_BYTES_MAX;
}

function connectionError(code: string | undefined): ErrorCode {
  if (code === 'HPE_HEADER_OVERFLOW') return 'HEADERS_TOO_LARGE';
  return code === 'ERR_HTTP_REQUEST_TIMEOUT' ? 'REQUEST_TIMEOUT' : 'MALFORMED_HTTP';
}

function logFailure(log: Log, error: ApiError, request: FastifyRequest): void {
  const facts = { request_id: request.id, method: request.method, url: maskUrl(request.url), code: error.code };
  if (error.code === 'INTERNAL') log.error({ ...facts, err: error.cause }, 'request failed');
  else log.warn({ ...facts, cause: error.cause instanceof Error ? error.cause.message : undefined }, 'request refused');
}
