// What the api of the pictures answers: a path below /admin/v1 → envelope. `story.test.ts` holds each against its contract.
import {
  clauses,
  deliveriesOf,
  failures,
  funnel,
  histogram,
  latency,
  messageOf,
  messages,
  preview,
  traceOf,
} from './messages.ts';
import { healthOf, nodeOf, rates, ringHistory, ringOf } from './nodes.ts';
import { apps, audit, deadLetters, operators, session, sessions, user } from './people.ts';

export interface Told {
  status: number;
  body: unknown;
}

/** By `METHOD /path`; what is not here is 404. */
export type Story = Record<string, (path: string) => Told>;

const ok =
  (data: readonly unknown[], more: object = {}) =>
  () => ({ status: 200, body: { code: 1, msg: 'OK', data, ...more } });
const id = (path: string) => path.split('/')[2] ?? '';
const totals = (total: number) => ({ total, total_is_lower_bound: false });

/** A refusal as the api words it. */
export function refusal(status: number, error: string, msg: string, headers: object = {}): () => Told {
  return () => ({ status, body: { code: status, msg, error, request_id: 'a1b2c3d4-7f', details: [], ...headers } });
}

/** A well platform of five nodes with everything in it. */
export function wholeStory(nodes = 5): Story {
  const ring = ringOf(nodes);
  return {
    'GET /session': ok([session]),
    'GET /setup': ok([{ needed: false }]),
    'GET /sessions': ok(sessions),
    'GET /health': ok([healthOf(ring)]),
    'GET /rates': ok(rates),
    'GET /ring': ok([ring]),
    'GET /ring/history': ok(ringHistory),
    'GET /ring/locate': ok([
      { uid: '57098049', ring_version: 12, hash: 2_118_400_719, point: 2_119_032_001, node: ring.nodes[1]?.id ?? '' },
    ]),
    'GET /nodes': ok(ring.nodes),
    'GET /nodes/*': ok(nodeOf(ring)),
    'GET /messages': ok(messages, totals(messages.length)),
    'GET /messages/histogram': ok(histogram),
    'GET /messages/funnel': ok(funnel),
    'GET /messages/latency': ok(latency),
    'GET /messages/failures': ok(failures),
    'GET /messages/clauses': ok(clauses),
    'GET /messages/suggest': ok(['demo']),
    'GET /messages/*': (path) => ok([messageOf(id(path))])(),
    'GET /messages/*/deliveries': (path) => ok(deliveriesOf(id(path)))(),
    'GET /messages/*/trace': (path) => ok(traceOf(id(path)))(),
    'POST /push/preview': ok(preview),
    'GET /users/*/*': ok([user]),
    'GET /apps': ok(apps),
    'GET /apps/*': (path) => ok(apps.filter((app) => app.id === id(path)))(),
    'GET /apps/*/credentials': (path) => ok(apps.find((app) => app.id === id(path))?.credentials ?? [])(),
    'GET /apps/*/keys': ok([{ id: 'k1', created_at: sessions[1]?.created_at }]),
    'GET /operators': ok(operators),
    'GET /audit': ok(audit),
    'GET /dead-letters': ok(deadLetters),
  };
}

/** Nothing has happened yet: no app but the demo, no message, nobody online. */
export function emptyStory(): Story {
  return {
    ...wholeStory(2),
    'GET /messages': ok([], totals(0)),
    'GET /messages/histogram': ok([]),
    'GET /messages/funnel': ok([{ accepted: 0, routed: 0, written: 0, acked: 0 }]),
    'GET /messages/latency': ok([{ sample: 0, hops: [] }]),
    'GET /messages/failures': ok([]),
    'GET /apps': ok([]),
    'GET /audit': ok([]),
    'GET /dead-letters': ok([]),
    'GET /rates': ok([{ at: [], sessions: [], uids: [], deliveries_per_s: [], event_loop_p99_ms: [], rss_bytes: [] }]),
  };
}

export function troubledStory(): Story {
  const ring = ringOf(5, (node, i) => {
    if (i === 3)
      return {
        ...node,
        state: 'down',
        sessions: 0,
        uids: 0,
        linked_gateways: 0,
        heard_ms: 42_000,
        problem: `node ${node.id} does not answer`,
      };
    if (i === 1) return { ...node, state: 'suspicious', linked_gateways: 1 };
    return i === 4 ? { ...node, state: 'draining', share: 0, sessions: 310, uids: 290 } : node;
  });
  const away = refusal(503, 'ARCHIVE_UNAVAILABLE', 'The message history is away.');
  return {
    ...wholeStory(),
    'GET /health': ok([healthOf(ring, true)]),
    'GET /ring': ok([{ ...ring, disagreements: [{ id: '192.168.105.19:7100', problem: 'registered_not_on_ring' }] }]),
    'GET /nodes': ok(ring.nodes),
    'GET /messages': away,
    'GET /messages/histogram': away,
    'GET /messages/funnel': away,
    'GET /messages/latency': away,
    'GET /messages/failures': away,
  };
}

/** What this story tells to `METHOD /path`, the most exact pattern first. */
export function answerOf(story: Story, method: string, path: string): Told {
  const parts = path.split('/');
  const matching = Object.keys(story).filter((pattern) => {
    const [verb, shape = ''] = pattern.split(' ');
    const wanted = shape.split('/');
    return (
      verb === method && wanted.length === parts.length && wanted.every((part, i) => part === '*' || part === parts[i])
    );
  });
  const [best] = matching.sort((a, b) => a.split('*').length - b.split('*').length);
  const tell = best === undefined ? undefined : story[best];
  return tell?.(path) ?? refusal(404, 'NOT_FOUND', `There is no ${method} ${path} in this story.`)();
}
