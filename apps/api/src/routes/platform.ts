// What operations ask of a process: health, readiness, metrics, and the documentation of the interface.
import helmet from '@fastify/helmet';
import swagger from '@fastify/swagger';
import swaggerUi from '@fastify/swagger-ui';
import { ApiError, successSchema } from '@message-push/protocol';
import type { Metrics } from '@message-push/runtime';
import { createJsonSchemaTransform } from 'fastify-type-provider-zod';
import { looseObject, object, string } from 'zod';
import { BASE, success } from '../answers.ts';
import { SECURITY_HEADERS, type Server } from '../http.ts';
import { documented } from './documented.ts';

export interface PlatformRoutesDeps {
  metrics: Metrics;
  missing(): string[];
}

/** In the order in which a newcomer needs them. */
const TAGS = [
  { name: 'pushes', description: 'Send messages' },
  { name: 'history', description: 'What became of them' },
  { name: 'tokens', description: 'Let people connect' },
  { name: 'users', description: 'Who is online' },
  { name: 'platform', description: 'For operations' },
  {
    name: 'admin',
    description:
      'For the console. Changes take an `Idempotency-Key`: repeated within 24 hours they get the first answer (409 `IN_PROGRESS` meanwhile, `IDEMPOTENCY_MISMATCH` with another body).',
  },
];

const DOCUMENT = {
  openapi: '3.1.0',
  info: {
    title: 'message-push',
    version: '1.0.0',
    description:
      'Sends messages to people over their WebSockets. Every answer wears the same envelope: `code` 1 and `data`, or the HTTP status as `code`, one sentence in `msg` and a stable `error`.',
  },
  tags: TAGS,
  components: {
    securitySchemes: {
      basic: { type: 'http' as const, scheme: 'basic', description: 'appId:appSecret' },
      operator: { type: 'apiKey' as const, in: 'cookie' as const, name: 'mp_session' },
    },
  },
};

/** Must be called before any route, so that the document lists them all. */
export function documentation(app: Server): void {
  app.register(swagger, { openapi: DOCUMENT, transform: createJsonSchemaTransform({}) });
}

/** Nothing of a foreign origin, nothing inline: the page of the documentation needs no more. */
const PAGE_POLICY = {
  defaultSrc: ["'self'"],
  baseUri: ["'self'"],
  formAction: ["'self'"],
  frameAncestors: ["'none'"],
  imgSrc: ["'self'", 'data:'],
  objectSrc: ["'none'"],
  scriptSrc: ["'self'"],
  styleSrc: ["'self'"],
};

/** The reference is about this platform: no logo of the framework, no field for other documents. */
const OWN_STYLE = '.swagger-ui .topbar { display: none }';

/** The headers of what browsers show, for all routes of this scope. */
function pages(scope: Server): void {
  scope.addHook('onRequest', (_request, reply, done) => {
    for (const name of Object.keys(SECURITY_HEADERS)) reply.removeHeader(name);
    done();
  });
  scope.register(helmet, { contentSecurityPolicy: { useDefaults: false, directives: PAGE_POLICY } });
}

export function platformRoutes(app: Server, { metrics, missing }: PlatformRoutesDeps): void {
  pages(app);
  app.register(swaggerUi, {
    routePrefix: '/docs',
    uiConfig: { docExpansion: 'list', tryItOutEnabled: true },
    theme: { title: 'message-push API', css: [{ filename: 'own.css', content: OWN_STYLE }] },
  });
  const state = object({ status: string() });
  for (const prefix of ['', BASE]) {
    app.route({
      method: 'GET',
      url: `${prefix}/healthz`,
      schema: documented({
        tag: 'platform',
        summary: 'The process lives',
        caller: 'anybody',
        answer: successSchema(state),
      }),
      handler: async () => success({ status: 'alive' }),
    });

    app.route({
      method: 'GET',
      url: `${prefix}/readyz`,
      schema: documented({
        tag: 'platform',
        summary: 'The process serves',
        caller: 'anybody',
        answer: successSchema(state),
        errors: ['NOT_READY'],
      }),
      handler: async () => {
        const absent = missing();
        if (absent.length > 0) throw new ApiError('NOT_READY', { params: { missing: absent.join(', ') } });
        return success({ status: 'ready' });
      },
    });

    app.route({
      method: 'GET',
      url: `${prefix}/openapi.json`,
      schema: documented({ tag: 'platform', summary: 'This document', caller: 'anybody', answer: looseObject({}) }),
      handler: async () => app.swagger(),
    });
  }

  // At the root alone: a proxy lets the base through, and what is counted is nobody's business out there.
  app.route({
    method: 'GET',
    url: '/metrics',
    schema: documented({
      tag: 'platform',
      summary: 'Metrics in the text format of Prometheus',
      caller: 'anybody',
      answer: { description: 'Metrics', content: { 'text/plain': { schema: string() } } },
    }),
    handler: async (_request, reply) => reply.header('content-type', metrics.contentType).send(await metrics.metrics()),
  });

  app.route({
    method: 'GET',
    url: `${BASE}/docs`,
    schema: documented({
      tag: 'platform',
      summary: 'This document as a page',
      caller: 'anybody',
      answer: { description: 'A page', content: { 'text/html': { schema: string() } } },
    }),
    handler: async (_request, reply) => reply.redirect('/docs'),
  });
}
