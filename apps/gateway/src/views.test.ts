// What gateways tell each other: who counts, for how long, and what is made of words that cannot be read.
import { expect, test } from 'vitest';
import { log } from './fixture.ts';
import { type Opinion, Views } from './views.ts';

const CONFIG = { gatewayViewMs: 500 };

/** A place for announcements without a clock of its own: nothing ends by itself. */
function board() {
  const told = new Map<string, { data: string; ttlMs: number }>();
  return {
    told,
    announce: async (kind: string, id: string, ttlMs: number, data: string) => {
      expect(kind).toBe('links');
      told.set(id, { data, ttlMs });
    },
    announced: async () => [...told].map(([id, { data }]) => ({ id, data })),
  };
}

function gateway(id: string, state: ReturnType<typeof board>, clock: { now(): number }) {
  const opinions = new Map<string, Opinion>();
  const views = new Views({ id, config: CONFIG, clock, log, state, own: () => opinions });
  const tell = () => state.announce('links', id, 1, `{"beat":${Math.random()},"nodes":[]}`);
  return { opinions, views, tell };
}

test('a gateway counts as long as it goes on telling, by the clock of the one who listens', async () => {
  const state = board();
  let now = 1_000_000;
  const clock = { now: () => now };
  const [own, other, dead] = ['g1', 'g2', 'g3'].map((id) => gateway(id, state, clock));
  const living = async () => (await own?.views.all())?.map((view) => view.gateway);
  await Promise.all([other?.tell(), dead?.tell()]);
  expect(await living()).toEqual(['g1', 'g2', 'g3']);
  for (let i = 0; i < 2; i++) {
    now += 700;
    await other?.tell();
    expect(await living()).toEqual(['g1', 'g2', 'g3']);
  }
  now += 100;
  expect(await living()).toEqual(['g1', 'g2']);
  // One who leads only now has not heard when it told this: it counts once more for its time.
  expect((await other?.views.all())?.map((view) => view.gateway)).toEqual(['g2', 'g3']);
  await dead?.tell();
  expect(await living()).toEqual(['g1', 'g2', 'g3']);
});

test('the own view is that of now and comes first; those of others are as they told them', async () => {
  const state = board();
  const own = gateway('g1', state, { now: () => 0 });
  const other = gateway('g2', state, { now: () => 0 });
  other.opinions.set('n1', { link: 'silent', incarnation: 'i1', draining: false });
  other.views.start();
  own.opinions.set('n2', { link: 'open', incarnation: 'i2', draining: true });
  const views = await own.views.all();
  expect(views.map((view) => [view.gateway, [...view.nodes]])).toEqual([
    ['g1', [['n2', { link: 'open', incarnation: 'i2', draining: true }]]],
    ['g2', [['n1', { link: 'silent', incarnation: 'i1', draining: false }]]],
  ]);
  await other.views.stop();
  expect(state.told.get('g2')?.ttlMs).toBe(1);
});

test.each([
  '',
  'x',
  '[]',
  '{}',
  '{"nodes":{}}',
  '{"nodes":[5,null,{"id":"n1"},{"id":"n1","link":"dead","incarnation":"i"}]}',
])('a word that cannot be read (%j) is no opinion, but its gateway lives', async (data) => {
  const state = board();
  const { views } = gateway('g1', state, { now: () => 0 });
  await state.announce('links', 'g2', 1, data);
  expect((await views.all())[1]).toEqual({ gateway: 'g2', nodes: new Map() });
});
