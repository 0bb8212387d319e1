// Whatever the gateways say: nobody leaves against a majority, nobody stays against one, and no life comes back.
import type { RingNode } from '@message-push/protocol';
import type { Registration } from '@message-push/registry';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import type { NodePeer } from './node-peer.ts';
import { decide, type Surroundings } from './ring-decision.ts';
import { RingPast } from './ring-past.ts';
import type { Opinion, View } from './views.ts';

const IDS = ['n1', 'n2', 'n3'];
const LIVES = ['1', '2', '3'];
const HOLD = { gatewayHoldMinMs: 0, gatewayHoldMaxMs: 0, gatewayFlapWindowMs: 1000 };
const life = (id: string, n: string) => `${id}.${n}`;

const opinion = fc.record({
  link: fc.constantFrom<Opinion['link']>('open', 'lost', 'refused', 'silent'),
  n: fc.constantFrom(...LIVES),
  draining: fc.boolean(),
});
/** What a gateway says of each node; undefined: nothing. */
const said = fc.tuple(...IDS.map(() => fc.option(opinion, { nil: undefined })));
const scene = fc.record({
  said: fc.array(said, { minLength: 1, maxLength: 5 }),
  /** The life that the ring has of each node, and in which state. */
  ring: fc.tuple(...IDS.map(() => fc.option(fc.constantFrom(...LIVES), { nil: undefined }))),
  states: fc.tuple(...IDS.map(() => fc.constantFrom<RingNode['state']>('up', 'draining'))),
  left: fc.subarray(IDS.flatMap((id) => LIVES.map((n) => life(id, n)))),
  listed: fc.subarray(IDS),
  complete: fc.boolean(),
});

type Scene = typeof scene extends fc.Arbitrary<infer S> ? S : never;

function staged({ said: views, ring, states, left, listed, complete }: Scene) {
  const present = IDS.flatMap((id, i): RingNode[] => {
    const n = ring[i];
    return n === undefined ? [] : [{ id, incarnation: life(id, n), address: id, weight: 1, state: states[i] ?? 'up' }];
  });
  const on = new Set(present.map(({ incarnation }) => incarnation));
  const gone = left.filter((each) => !on.has(each));
  const nodes = gone.map((incarnation): RingNode => ({ id: 'x', incarnation, address: '', weight: 1, state: 'up' }));
  const past = new RingPast(HOLD, [
    { version: 2, epoch: 1, nodes: present, at: 0, cause: '' },
    { version: 1, epoch: 1, nodes, at: 0, cause: '' },
  ]);
  const viewOf = (list: Scene['said'][number], i: number): View => ({
    gateway: `g${i}`,
    nodes: new Map(
      IDS.flatMap((id, at): [string, Opinion][] => {
        const each = list[at];
        return each ? [[id, { link: each.link, incarnation: life(id, each.n), draining: each.draining }]] : [];
      }),
    ),
  });
  const all = views.map(viewOf);
  const registered = new Map(
    listed.map((id): [string, Registration] => [
      id,
      { role: 'node', id, incarnation: '', address: id, weight: 1, metadata: {} },
    ]),
  );
  const around: Surroundings = {
    now: 1,
    views: all,
    complete,
    past,
    peers: { get: (id) => peerOf(all, id, on), registered },
  };
  return { present, around, gone: new Set(gone) };
}

/** This gateway's links are what its own view says. */
function peerOf([own]: View[], id: string, on: Set<string>): NodePeer | undefined {
  const mine = own?.nodes.get(id);
  const named = [...on].find((incarnation) => incarnation.startsWith(`${id}.`));
  const incarnation = mine === undefined ? named : mine.incarnation;
  const open = incarnation !== undefined && (mine === undefined || mine.link === 'open');
  // Only what a decision reads.
  return { id, address: id, link: open ? { peer: { incarnation } } : undefined } as unknown as NodePeer;
}

/** How many gateways say this of that life. */
function count(
  views: readonly View[],
  node: RingNode,
  what: (link: Opinion['link']) => boolean,
  unsaid: boolean,
): number {
  return views.filter(({ nodes }) => {
    const each = nodes.get(node.id);
    if (each === undefined) return unsaid;
    return each.incarnation === node.incarnation && what(each.link);
  }).length;
}

test('a node that most gateways are linked with stays as it is; one that most miss leaves, unless another life has its place', () => {
  fc.assert(
    fc.property(scene, (drawn) => {
      const { present, around } = staged(drawn);
      const { nodes } = decide(present, around);
      const half = around.views.length / 2;
      for (const node of present) {
        const after = nodes.find(({ id }) => id === node.id);
        const linked = count(around.views, node, (link) => link === 'open', true);
        const missed = count(around.views, node, (link) => link === 'refused' || link === 'silent', false);
        if (linked > half) expect(after?.incarnation).toBe(node.incarnation);
        if (missed > half && drawn.complete) expect(after?.incarnation).not.toBe(node.incarnation);
        if (!drawn.complete) expect(after).toBeDefined();
        if (missed === 0 && drawn.listed.includes(node.id)) expect(after).toBeDefined();
      }
    }),
    { numRuns: 3000 },
  );
});

test('no life that left is ever on the ring again, each name is there once, and only listed names come', () => {
  fc.assert(
    fc.property(scene, (drawn) => {
      const { present, around, gone } = staged(drawn);
      const { nodes } = decide(present, around);
      expect(nodes.some(({ incarnation }) => gone.has(incarnation))).toBe(false);
      expect(new Set(nodes.map(({ id }) => id)).size).toBe(nodes.length);
      const known = new Set([...present.map(({ id }) => id), ...drawn.listed]);
      expect(nodes.every(({ id }) => known.has(id))).toBe(true);
    }),
    { numRuns: 3000 },
  );
});

test('a change has a cause, and no change has none', () => {
  fc.assert(
    fc.property(scene, (drawn) => {
      const { present, around } = staged(drawn);
      const { nodes, causes } = decide(present, around);
      expect(causes.length === 0).toBe(JSON.stringify(nodes) === JSON.stringify(present));
    }),
    { numRuns: 3000 },
  );
});
