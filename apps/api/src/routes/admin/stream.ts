// /admin/v1/stream: live updates as server-sent events, for as long as the operator's session lives.
import { ApiError, inputError, isMessageId, type Language, parseInput, problemText } from '@message-push/protocol';
import { may, STREAM_TOPICS, type StreamTopic, streamQuerySchema } from '@message-push/protocol/admin';
import type { FastifyRequest } from 'fastify';
import { string } from 'zod';
import { languageOf } from '../../answers.ts';
import type { Server } from '../../http.ts';
import type { Topic } from '../../live/event-log.ts';
import type { Reader } from '../../live/event-stream.ts';
import type { Live } from '../../live/live.ts';
import { documented } from '../documented.ts';
import { operatorOf } from './guard.ts';
import { ADMIN } from './session.ts';

export function streamRoutes(app: Server, { live }: { live: Live }): void {
  app.route({
    method: 'GET',
    url: `${ADMIN}/stream`,
    schema: documented({
      tag: 'admin',
      summary: 'Live updates',
      description:
        'Server-sent events, resumed behind Last-Event-ID; an event `gap` says that some are missing. Ends with the session.',
      right: 'read',
      querystring: streamQuerySchema,
      answer: {
        description: 'Events until one side closes.',
        content: { 'text/event-stream': { schema: string() } },
      },
      errors: ['INVALID_QUERY', 'RATE_LIMITED', 'OVERLOADED'],
    }),
    handler: (request, reply) => {
      const reader = readerOf(request);
      live.admit(reader.operator);
      const lastId = request.headers['last-event-id'];
      reply.hijack();
      // What the hooks before have set, which a hijacked answer would lose.
      for (const [name, value] of Object.entries(reply.getHeaders()))
        if (value !== undefined) reply.raw.setHeader(name, value);
      reply.raw.writeHead(200, {
        'content-type': 'text/event-stream; charset=utf-8',
        'cache-control': 'no-cache, no-transform',
        // Proxies that gather answers would hold events back.
        'x-accel-buffering': 'no',
      });
      live.open(reader, reply.raw, typeof lastId === 'string' ? lastId : undefined);
    },
  });
}

function readerOf(request: FastifyRequest): Reader {
  const language = languageOf(request);
  const { topics, message } = parseInput(streamQuerySchema, request.query, 'INVALID_QUERY', language);
  const wanted = topicsIn(topics, language);
  const { session, apps } = operatorOf(request);
  const { id, role } = session.operator;
  if (message !== undefined && message !== '') {
    if (!isMessageId(message)) throw wrong('message', problemText('messageId', language));
    wanted.add('receipts');
  }
  if (wanted.has('audit') && !may(role, 'audit')) wanted.delete('audit');
  if (wanted.size === 0 && topics !== '') throw new ApiError('FORBIDDEN');
  const watched = wanted.has('receipts') ? message : undefined;
  return { operator: id, sessionId: session.id, role, apps, topics: wanted, message: watched };
}

/** Topics that an operator may not hear are left out of a list, so that a page can ask for all of them. */
function topicsIn(text: string, language: Language): Set<Topic> {
  const names = text.split(',').filter((name) => name !== '');
  const unknown = names.find((name) => !isTopic(name));
  if (unknown !== undefined)
    throw wrong('topics', problemText('oneOf', language, { values: STREAM_TOPICS.join(', ') }));
  return new Set(names.filter(isTopic));
}

function isTopic(name: string): name is StreamTopic {
  return STREAM_TOPICS.some((topic) => topic === name);
}

function wrong(path: string, problem: string): ApiError {
  return inputError('INVALID_QUERY', [{ path, problem }]);
}
