import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import type { Registration } from './index.ts';
import type { Listed } from './nacos-api.ts';
import { toInstance } from './nacos-list.ts';
import { RoleWatch } from './nacos-watch.ts';

const [n1, n2, n3] = ['n1', 'n2', 'n3'].map(
  (id, index): Registration => ({
    role: 'node',
    id,
    incarnation: 'i',
    address: `10.0.0.1:700${index}`,
    weight: 1,
    metadata: {},
  }),
) as [Registration, Registration, Registration]; // three above

let watch: RoleWatch;
/** What the server answers: undefined = it is away. */
let answer: Registration[] | undefined;
let asked: number;
let lists: string[];

const api = {
  troubleAt: Number.NEGATIVE_INFINITY,
  async list(): Promise<Listed[]> {
    asked++;
    if (answer === undefined) {
      api.troubleAt = Date.now();
      throw new Error('away');
    }
    return answer.map((registration) => ({ ...toInstance(registration, 1, 1000), healthy: true, enabled: true }));
  },
};
const idsOf = (list: Registration[]) => list.map(({ id }) => id).join();

beforeEach(() => {
  vi.useFakeTimers();
  answer = [n1, n2];
  api.troubleAt = Number.NEGATIVE_INFINITY;
  follow();
});

function follow(): void {
  asked = 0;
  lists = [];
  const clock = { now: () => Date.now() };
  watch = new RoleWatch({ api, role: 'node', service: 's', pollMs: 1000, holdMs: 5000, clock });
  watch.add((list) => lists.push(idsOf(list)));
}

afterEach(() => {
  watch.stop();
  vi.useRealTimers();
});

const pass = (ms: number) => vi.advanceTimersByTimeAsync(ms);

test('a change is told once, at the next look', async () => {
  await pass(10);
  answer = [n1, n2, n3];
  await pass(3000);
  expect(lists).toEqual(['n1,n2', 'n1,n2,n3']);
});

test('the last one that leaves is missed: an empty list is told like any other', async () => {
  await pass(10);
  answer = [];
  await pass(1000);
  expect(lists).toEqual(['n1,n2', '']);
});

test('a server that is away, then lists nobody, then some, is not believed until it has been well for a while', async () => {
  await pass(10);
  answer = undefined;
  await pass(60_000);
  answer = [];
  await pass(2000);
  answer = [n2];
  await pass(2000);
  answer = [n1, n2];
  await pass(60_000);
  expect(lists).toEqual(['n1,n2']);
});

test('who is still missing then is missed', async () => {
  await pass(10);
  answer = undefined;
  await pass(1000);
  answer = [n2];
  await pass(4500);
  expect(lists).toEqual(['n1,n2']);
  await pass(2000);
  expect(lists).toEqual(['n1,n2', 'n2']);
});

test('who is new is told at once, also after trouble', async () => {
  await pass(10);
  answer = undefined;
  await pass(1000);
  answer = [n3];
  await pass(1000);
  expect(lists).toEqual(['n1,n2', 'n1,n2,n3']);
});

test('a first list is told as it is, also after trouble', async () => {
  watch.stop();
  answer = undefined;
  follow();
  await pass(3000);
  expect(lists).toEqual([]);
  answer = [n1];
  await pass(1000);
  expect(lists).toEqual(['n1']);
});

test('a wake-up is a look now; many of them are no storm', async () => {
  await pass(10);
  answer = [n1];
  watch.wake();
  await pass(60);
  expect(lists).toEqual(['n1,n2', 'n1']);
  const before = asked;
  for (let i = 0; i < 500; i++) {
    watch.wake();
    await pass(1);
  }
  await pass(60);
  expect(asked - before).toBeLessThanOrEqual(11);
  expect(asked - before).toBeGreaterThanOrEqual(1);
});

test('who comes later hears at once what is known', async () => {
  await pass(10);
  const late: string[] = [];
  watch.add((list) => late.push(idsOf(list)));
  expect(late).toEqual(['n1,n2']);
});

test('after it was stopped nobody hears anything, also not what was under way', async () => {
  watch.stop();
  follow();
  watch.stop();
  await pass(5000);
  watch.wake();
  await pass(5000);
  expect(lists).toEqual([]);
  expect(asked).toBe(1);
});
