// /admin/v1/nodes: each node with what it has seen of itself, and emptying one.
import type { Database } from '@message-push/database';
import { ApiError, parseInput, type RingNode, successSchema } from '@message-push/protocol';
import {
  confirmSchema,
  type NodeRow,
  nodeDetailQuerySchema,
  nodeDetailSchema,
  nodeRowSchema,
} from '@message-push/protocol/admin';
import type { Log } from '@message-push/runtime';
import type { FastifyRequest } from 'fastify';
import { object, string } from 'zod';
import { languageOf, success } from '../../answers.ts';
import type { Server } from '../../http.ts';
import { nodeRows, type RingFacts } from '../../ring-report.ts';
import { jsonBody } from '../callers.ts';
import { documented } from '../documented.ts';
import { audited } from './guard.ts';
import type { RingRoutesDeps } from './ring.ts';
import { ADMIN } from './session.ts';

export interface NodeRoutesDeps extends RingRoutesDeps {
  database: Database;
  log: Log;
}

const nodeParams = object({ id: string().describe('Name on the ring.') });

export function nodeRoutes(app: Server, deps: NodeRoutesDeps): void {
  const { nodes, facts } = deps;
  app.route({
    method: 'GET',
    url: `${ADMIN}/nodes`,
    schema: documented({
      tag: 'admin',
      summary: 'The nodes of the ring',
      right: 'read',
      answer: successSchema(nodeRowSchema),
    }),
    handler: async () => success(...nodeRows(await facts())),
  });

  app.route({
    method: 'GET',
    url: `${ADMIN}/nodes/:id`,
    schema: documented({
      tag: 'admin',
      summary: 'One node, with what it has seen of itself',
      right: 'read',
      params: nodeParams,
      querystring: nodeDetailQuerySchema,
      answer: successSchema(nodeDetailSchema),
      errors: ['INVALID_QUERY', 'NOT_FOUND'],
    }),
    handler: async (request) => {
      const { range } = parseInput(nodeDetailQuerySchema, request.query, 'INVALID_QUERY', languageOf(request));
      const node = namedNode(request, deps);
      const [seen, series] = await Promise.all([facts(), nodes.series(node, range)]);
      const { drain, uids } = seen.stats.get(node.id) ?? { uids: 0 };
      return success({
        node: rowOf(seen, node),
        ...(series !== undefined && { series }),
        metadata: deps.registered.nodes()?.find(({ id }) => id === node.id)?.metadata ?? {},
        ...(drain !== undefined && { drain: { ...drain, uids_left: uids } }),
      });
    },
  });

  for (const verb of ['drain', 'undrain'] as const) {
    const undo = verb === 'undrain';
    app.route({
      method: 'POST',
      url: `${ADMIN}/nodes/:id/${verb}`,
      schema: documented({
        tag: 'admin',
        summary: undo ? 'Let a node that drains take sessions again' : 'Empty a node: its sessions move to the others',
        description: undo
          ? 'Its part of the ring comes back to it.'
          : 'Nobody is disconnected; the node stays and can be undrained.',
        right: 'drain',
        params: nodeParams,
        ...(undo ? {} : { body: confirmSchema }),
        answer: successSchema(nodeRowSchema),
        errors: ['NOT_FOUND', 'NODE_UNAVAILABLE', ...(undo ? [] : (['CONFIRM', 'LAST_NODE'] as const))],
      }),
      handler: async (request) => {
        const node = namedNode(request, deps);
        if (!undo) mayDrain(request, node, deps);
        const told = await nodes.drain(node, undo);
        await audited(request, deps, { action: `node.${verb}`, target: `node ${node.id}` });
        const seen = await facts();
        const stats = new Map(seen.stats).set(node.id, told);
        return success(rowOf({ ...seen, stats }, node));
      },
    });
  }
}

/** The node that the path names, by the present ring. */
function namedNode(request: FastifyRequest, { ring }: Pick<NodeRoutesDeps, 'ring'>): RingNode {
  const { id } = parseInput(nodeParams, request.params, 'INVALID_QUERY', languageOf(request));
  const node = ring().nodes.find((one) => one.id === id);
  if (node === undefined) throw new ApiError('NOT_FOUND', { params: { what: 'node' } });
  return node;
}

/** The operator wrote the node's name, and somebody is left to take its sessions. */
function mayDrain(request: FastifyRequest, { id }: RingNode, { ring }: Pick<NodeRoutesDeps, 'ring'>): void {
  const { confirm } = parseInput(confirmSchema, jsonBody(request), 'INVALID_BODY', languageOf(request));
  if (confirm !== id) throw new ApiError('CONFIRM', { params: { what: id } });
  if (!ring().nodes.some((node) => node.id !== id && node.state === 'up')) throw new ApiError('LAST_NODE');
}

/** It may have left the ring that was asked about. */
function rowOf(seen: RingFacts, node: RingNode): NodeRow {
  const row = nodeRows(seen).find(({ id }) => id === node.id);
  if (row === undefined) throw new ApiError('NOT_FOUND', { params: { what: 'node' } });
  return row;
}
