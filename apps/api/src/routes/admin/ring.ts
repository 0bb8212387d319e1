// /admin/v1/ring: the circle and who owns what of it, where a uid lies, what a change would move, and what changes have moved.
import { ApiError, parseInput, successSchema } from '@message-push/protocol';
import {
  locateQuerySchema,
  locationSchema,
  nodeSeriesSchema,
  ringChangeSchema,
  ringHistoryQuerySchema,
  ringSchema,
  simulateSchema,
  simulationSchema,
} from '@message-push/protocol/admin';
import { locate } from '@message-push/ring';
import { languageOf, success } from '../../answers.ts';
import type { Server } from '../../http.ts';
import { kept } from '../../kept.ts';
import type { Nodes } from '../../nodes.ts';
import { summed } from '../../rates.ts';
import type { RingFactsDeps } from '../../ring-facts.ts';
import { type RingFacts, ringView } from '../../ring-report.ts';
import { simulationOf } from '../../simulation.ts';
import { jsonBody } from '../callers.ts';
import { documented } from '../documented.ts';
import { requireRight } from './guard.ts';
import { ADMIN } from './session.ts';

export interface RingRoutesDeps extends RingFactsDeps {
  nodes: Nodes;
  /** What everybody says of the ring now. */
  facts(): Promise<RingFacts>;
}

/** Operators who look within this time see the same. */
const FRESH_MS = 1_000;

export function ringRoutes(app: Server, deps: RingRoutesDeps): void {
  const { nodes, ring, ringPast, clock, facts } = deps;
  app.route({
    method: 'GET',
    url: `${ADMIN}/ring`,
    schema: documented({
      tag: 'admin',
      summary: 'The ring: its points, its nodes, and where ring and registry disagree',
      right: 'read',
      answer: successSchema(ringSchema),
    }),
    handler: async () => success(ringView(await facts())),
  });

  app.route({
    method: 'GET',
    url: `${ADMIN}/ring/locate`,
    schema: documented({
      tag: 'admin',
      summary: 'Where a uid lies on the ring, and with an app where it is bound',
      right: 'read',
      querystring: locateQuerySchema,
      answer: successSchema(locationSchema),
      errors: ['INVALID_QUERY', 'NOT_FOUND', 'STATE_UNAVAILABLE'],
    }),
    handler: async (request) => {
      const { uid, app: id } = parseInput(locateQuerySchema, request.query, 'INVALID_QUERY', languageOf(request));
      if (id !== undefined) requireRight(request, 'read', id);
      const document = ring();
      const place = locate(ringPast.built(document), uid);
      if (place === undefined) throw new ApiError('NOT_FOUND', { params: { what: 'node' } });
      const bound = id === undefined ? {} : { bound: await nodes.boundAt(id, uid) };
      return success({ uid, ring_version: document.version, ...place, ...bound });
    },
  });

  app.route({
    method: 'POST',
    url: `${ADMIN}/ring/simulate`,
    schema: documented({
      tag: 'admin',
      summary: 'What a change of the ring would move',
      description: 'Changes nothing.',
      right: 'read',
      body: simulateSchema,
      answer: successSchema(simulationSchema),
    }),
    handler: async (request) => {
      const change = parseInput(simulateSchema, jsonBody(request), 'INVALID_BODY', languageOf(request));
      const { document, stats } = await facts();
      const uids = new Map([...stats].map(([id, one]) => [id, one.uids]));
      return success(simulationOf(document, change, uids));
    },
  });

  app.route({
    method: 'GET',
    url: `${ADMIN}/ring/history`,
    schema: documented({
      tag: 'admin',
      summary: 'What the last versions of the ring changed, newest first',
      right: 'read',
      querystring: ringHistoryQuerySchema,
      answer: successSchema(ringChangeSchema),
      errors: ['INVALID_QUERY', 'STATE_UNAVAILABLE'],
    }),
    handler: async (request) => {
      const query = parseInput(ringHistoryQuerySchema, request.query, 'INVALID_QUERY', languageOf(request));
      return success(...(await ringPast.changes(query.limit)));
    },
  });

  const rates = kept(
    FRESH_MS,
    () => clock.now(),
    async () => {
      const all = await Promise.all(ring().nodes.map((node) => nodes.series(node, '15m')));
      return summed(all.filter((series) => series !== undefined));
    },
  );
  app.route({
    method: 'GET',
    url: `${ADMIN}/rates`,
    schema: documented({
      tag: 'admin',
      summary: 'What all nodes together did in each second of the last fifteen minutes',
      right: 'read',
      answer: successSchema(nodeSeriesSchema),
    }),
    handler: async () => success(await rates()),
  });
}
