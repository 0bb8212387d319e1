// /admin/v1/dead-letters: what could not be processed, and the decision about each.
import { ApiError, pageSchema, parseInput, REASONS, successSchema } from '@message-push/protocol';
import { type DeadLetterView, deadLetterSchema, deadLettersQuerySchema, may } from '@message-push/protocol/admin';
import type { FastifyRequest } from 'fastify';
import { object, string } from 'zod';
import { languageOf, success } from '../../answers.ts';
import { type DeadLetterBox, type PlacedLetter, placeOf, placeText } from '../../dead-letters.ts';
import type { Server } from '../../http.ts';
import { documented } from '../documented.ts';
import { audited, type GuardDeps, operatorOf, visibleApps } from './guard.ts';
import type { PrivateApps } from './private-apps.ts';
import { ADMIN } from './session.ts';

export interface DeadLetterRoutesDeps extends GuardDeps {
  deadLetters: DeadLetterBox;
  privateApps: PrivateApps;
}

const letterParams = object({ id: string() });

export function deadLetterRoutes(app: Server, deps: DeadLetterRoutesDeps): void {
  const { deadLetters, privateApps } = deps;

  app.route({
    method: 'GET',
    url: `${ADMIN}/dead-letters`,
    schema: documented({
      tag: 'admin',
      summary: 'Dead letters, newest first',
      description: 'A page may be shorter than asked for although there are more. An owner sees those of their apps.',
      right: 'read',
      querystring: deadLettersQuerySchema,
      answer: pageSchema(deadLetterSchema),
      errors: ['INVALID_QUERY', 'BUS_UNAVAILABLE'],
    }),
    handler: async (request) => {
      const language = languageOf(request);
      const { decided, limit, cursor } = parseInput(deadLettersQuerySchema, request.query, 'INVALID_QUERY', language);
      const hidden = await privateApps.hiddenFrom(request);
      const apps = visibleApps(request);
      const page = await deadLetters.list({ limit, cursor, language }, ({ letter, decision }) => {
        if (decided === 'no' && decision !== undefined) return false;
        return apps === undefined || (letter?.push !== undefined && apps.has(letter.push.app));
      });
      const rows = page.items.map((placed) => letterView(placed, deadLetters.isReplayable(placed), hidden, request));
      return { ...success(...rows), ...(page.cursor !== undefined && { cursor: page.cursor }) };
    },
  });

  for (const verb of ['replay', 'dismiss'] as const)
    app.route({
      method: 'POST',
      url: `${ADMIN}/dead-letters/:id/${verb}`,
      schema: documented({
        tag: 'admin',
        summary: verb === 'replay' ? 'Send the push of a dead letter again' : 'Put a dead letter aside',
        ...(verb === 'replay' && { description: 'Only those get it who do not have it.' }),
        right: 'deadLetters',
        params: letterParams,
        answer: successSchema(deadLetterSchema),
        errors:
          verb === 'replay'
            ? ['NOT_FOUND', 'TAKEN', 'NOT_REPLAYABLE', 'BUS_UNAVAILABLE', 'PUBLISH_UNKNOWN', 'ARCHIVE_UNAVAILABLE']
            : ['NOT_FOUND', 'TAKEN', 'BUS_UNAVAILABLE'],
      }),
      handler: async (request) => {
        const { id } = parseInput(letterParams, request.params, 'INVALID_QUERY', languageOf(request));
        const place = placeOf(id);
        const placed = place === undefined ? undefined : await deadLetters.get(place);
        if (placed === undefined) throw new ApiError('NOT_FOUND', { params: { what: 'dead letter' } });
        const decided = await deadLetters[verb](placed, operatorOf(request).session.operator.email);
        const { letter } = placed;
        const after = { message_id: letter?.push?.message_id, app: letter?.push?.app, reason: letter?.reason };
        await audited(request, deps, { action: `dead_letter.${verb}`, target: `dead letter ${id}`, after });
        return success(letterView(decided, false, new Set(), request));
      },
    });
}

function letterView(
  placed: PlacedLetter,
  replayable: boolean,
  hidden: ReadonlySet<string>,
  request: FastifyRequest,
): DeadLetterView {
  const { letter, decision } = placed;
  const push = letter?.push;
  const mayDecide = may(operatorOf(request).session.operator.role, 'deadLetters');
  return {
    id: placeText(placed),
    at: letter?.at ?? placed.at,
    reason: letter?.reason ?? REASONS.letter_unreadable,
    partition: letter?.partition ?? placed.partition,
    offset: letter?.offset ?? placed.offset,
    ...(push !== undefined && { push: pushView(push, hidden) }),
    // It may hold words that their app keeps private.
    ...(letter?.raw !== undefined && mayDecide && { raw: letter.raw }),
    ...(decision !== undefined && {
      decision: { action: decision.action, by: decision.by, at: decision.at.getTime() },
    }),
    replayable,
  };
}

type Push = NonNullable<NonNullable<PlacedLetter['letter']>['push']>;

function pushView({ message_id, app, uids, message }: Push, hidden: ReadonlySet<string>) {
  const { title, content } = message;
  const words = hidden.has(app) ? {} : { content, ...(title !== undefined && { title }) };
  return { message_id, app, uids, ...words };
}
