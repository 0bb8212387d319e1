// The platform of the pictures: its ring, nodes, health and rates, by the contracts of the console.
import type {
  HealthReport,
  NodeDetail,
  NodeRow,
  NodeSeries,
  RingChangeView,
  RingView,
} from '@message-push/protocol/admin';
import { buildRing, shares } from '@message-push/ring';
import { md5 } from '@message-push/ring/md5';
import { NOW } from './time.ts';

/** Repeatable numbers between 0 and 1. */
function numbers(seed: number): () => number {
  let state = seed;
  return () => {
    state = (state * 1_664_525 + 1_013_904_223) % 2 ** 32;
    return state / 2 ** 32;
  };
}

export function ringOf(count: number, change: (node: NodeRow, index: number) => NodeRow = (node) => node): RingView {
  const members = Array.from({ length: count }, (_, i) => ({ id: `192.168.105.${12 + i}:7100`, weight: 1 }));
  const ring = buildRing(members, md5);
  const owned = new Map(shares(ring).map(({ id, share }) => [id, share]));
  const points: Record<string, number[]> = Object.fromEntries(members.map(({ id }) => [id, [] as number[]]));
  ring.points.forEach((point, i) => {
    points[ring.nodes[ring.pointNodes[i] ?? 0] ?? '']?.push(point);
  });
  const random = numbers(7);
  const nodes = members.map(({ id, weight }, i): NodeRow => {
    const share = owned.get(id) ?? 0;
    const sessions = Math.round(42_118 * share);
    return change(
      {
        id,
        incarnation: `019a0000000${i.toString(16)}`,
        address: id,
        weight,
        state: 'up',
        zone: i % 2 === 0 ? 'cn-hangzhou-a' : 'cn-hangzhou-b',
        version: '0.1.0',
        share,
        sessions,
        uids: Math.round(sessions * 0.93),
        links: 2,
        linked_gateways: 2,
        gateways: 2,
        deliveries_per_s: Math.round(300 * share * 10) / 10,
        catch_ups_total: Math.round(random() * 90),
        rss_bytes: 96_000_000 + Math.round(random() * 40_000_000),
        event_loop_p99_ms: Math.round((1 + random() * 6) * 10) / 10,
        uptime_s: 3_600 * (5 + i * 31) + 42,
        ring_version: 12,
        heard_ms: 200 + 130 * (i % 5),
      },
      i,
    );
  });
  return {
    version: count === 0 ? 0 : 12,
    epoch: 3,
    at: NOW - 41 * 60_000,
    cause: count === 0 ? 'no ring yet' : `node ${members[count - 1]?.id} joined`,
    leader: 'gateway-1',
    nodes,
    points,
    disagreements: [],
  };
}

export const ringHistory: RingChangeView[] = [
  change(12, 41, ['16'], [], [], 0.196),
  change(11, 64, [], [], ['16'], 0.204),
  change(10, 305, [], ['17'], [], 0.171),
  change(9, 1_460, ['17'], [], [], 0.168),
];

function change(
  version: number,
  minutes: number,
  joined: string[],
  left: string[],
  draining: string[],
  moved: number,
): RingChangeView {
  const full = (ends: string[]) => ends.map((end) => `192.168.105.${end}:7100`);
  const what = joined.length > 0 ? 'joined' : left.length > 0 ? 'left: no gateway reaches it' : 'drains';
  return {
    version,
    at: NOW - minutes * 60_000,
    cause: `node ${full([...joined, ...left, ...draining])[0]} ${what}`,
    nodes: full(['12', '13', '14', '15', '16']).map((id) => ({ id, state: 'up' as const })),
    joined: full(joined),
    left: full(left),
    draining: full(draining),
    moved,
  };
}

/** What so many nodes have seen together. */
export function seriesOf(count: number, everyMs: number, nodes: number): NodeSeries {
  const random = numbers(count);
  const wave = (i: number, base: number, swing: number) => base + swing * Math.sin(i / 17) + swing * 0.4 * random();
  const each = <T>(value: (i: number) => T) => Array.from({ length: count }, (_, i) => value(i));
  return {
    at: each((i) => NOW - (count - i) * everyMs),
    sessions: each((i) => Math.round(nodes * wave(i, 8_400, 300))),
    uids: each((i) => Math.round(nodes * wave(i, 7_800, 280))),
    deliveries_per_s: each((i) => Math.round(nodes * wave(i, 60, 22) * 10) / 10),
    event_loop_p99_ms: each((i) => Math.round(wave(i, 4, 1.6) * 10) / 10),
    rss_bytes: each((i) => Math.round(wave(i, 110e6, 6e6))),
  };
}

export function nodeOf(ring: RingView): NodeDetail[] {
  const node = ring.nodes[0];
  if (node === undefined) return [];
  return [
    { node, series: seriesOf(360, 10_000, 1), metadata: { zone: node.zone, note: '<img src=x onerror=alert(1)>' } },
  ];
}

export const rates: NodeSeries[] = [seriesOf(900, 1_000, 5)];

export function healthOf(ring: RingView, troubled = false): HealthReport {
  const engines = (['bus', 'registry', 'state', 'archive', 'database'] as const).map((name) => ({
    name,
    kind: { bus: 'kafka', registry: 'nacos', state: 'redis', archive: 'elasticsearch', database: 'postgresql' }[name],
    ok: !(troubled && name === 'archive'),
    ...(troubled && name === 'archive' && { problem: 'archive does not answer' }),
  }));
  return {
    at: NOW,
    healthy: !troubled,
    problems: troubled ? ['archive does not answer', '3 dead letters wait for a decision'] : [],
    ring: {
      version: ring.version,
      leader: 'gateway-1',
      nodes: ring.nodes.map(({ state, ...node }) => ({
        id: node.id,
        incarnation: node.incarnation,
        state: state === 'draining' ? 'draining' : 'up',
        sessions: node.sessions,
        uids: node.uids,
        links: node.links,
        ring_version: node.ring_version,
        deliveries_total: 1_000_000,
        catch_ups_total: node.catch_ups_total,
        rss_bytes: node.rss_bytes,
        event_loop_p99_ms: node.event_loop_p99_ms,
        uptime_s: node.uptime_s,
        share: node.share,
      })),
    },
    gateways: ['gateway-1', 'gateway-2'].map((id) => ({ id, sessions: 21_059, links: ring.nodes.length })),
    engines,
    delivery: {
      lag: troubled ? 12_044 : 3,
      oldest_ms: troubled ? 8_400 : 40,
      dead_letters: troubled ? 3 : 0,
      pushes_per_s: 118.4,
      deliveries_per_s: 301.2,
    },
    users_online: 39_170,
    sessions_off_owner: troubled ? 310 : 0,
  };
}
