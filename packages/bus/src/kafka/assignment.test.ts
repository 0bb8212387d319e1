import { expect, test } from 'vitest';
import {
  assign,
  decodeAssignment,
  decodeMember,
  encodeAssignment,
  encodeMember,
  type GroupMember,
} from './assignment.ts';

const SEEDS = 300;

/** A group as its members see it: each knows what it reads, and says so when the group changes. */
class World {
  readonly partitions: number;
  generation = 0;
  members: GroupMember[] = [];
  #names = 0;

  constructor(partitions: number) {
    this.partitions = partitions;
  }

  join(): void {
    this.#names += 1;
    this.members.push({ id: `member-${this.#names}`, owned: [], generation: -1 });
  }

  /** One generation. True when somebody gave something up, so that the group goes on. */
  change(): boolean {
    this.generation += 1;
    const before = new Map(this.members.map(({ id, owned }) => [id, owned]));
    const given = assign(this.partitions, this.members);
    const reads = new Map<number, string>();
    for (const [id, owned] of before) for (const partition of owned) reads.set(partition, id);
    for (const [id, partitions] of given) {
      // Nobody is given what another still reads.
      for (const partition of partitions) expect(reads.get(partition) ?? id).toBe(id);
    }
    const all = [...given.values()].flat();
    expect(new Set(all).size).toBe(all.length);
    this.members = this.members.map(({ id }) => ({ id, owned: given.get(id) ?? [], generation: this.generation }));
    return [...before].some(([id, owned]) => owned.some((partition) => !given.get(id)?.includes(partition)));
  }

  settle(): number {
    let rounds = 1;
    while (this.change()) rounds += 1;
    return rounds;
  }
}

/** mulberry32. */
function random(seed: number): (below: number) => number {
  let state = seed;
  return (below) => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) % below;
  };
}

test('after every change all partitions are read by exactly one member, evenly, in two rounds at most', () => {
  for (let seed = 1; seed <= SEEDS; seed++) {
    const pick = random(seed);
    const world = new World(1 + pick(30));
    world.join();
    for (let step = 0; step < 8; step++) {
      if (pick(2) === 0 || world.members.length === 1) world.join();
      else world.members.splice(pick(world.members.length), 1);
      expect(world.settle(), `seed ${seed}`).toBeLessThanOrEqual(2);
      const sizes = world.members.map(({ owned }) => owned.length);
      expect(sizes.reduce((sum, size) => sum + size, 0)).toBe(world.partitions);
      expect(Math.max(...sizes) - Math.min(...sizes), `seed ${seed}`).toBeLessThanOrEqual(1);
    }
  }
});

test('as few partitions move as can: only the share of the one who came or left', () => {
  const world = new World(24);
  for (let members = 1; members <= 6; members++) {
    world.join();
    const before = new Map(world.members.map(({ id, owned }) => [id, owned]));
    world.settle();
    const moved = world.members.flatMap(({ id, owned }) => owned.filter((one) => !before.get(id)?.includes(one)));
    expect(moved.length).toBe(members === 1 ? 24 : Math.floor(24 / members));
  }
  const [gone] = world.members.splice(2, 1);
  const before = new Map(world.members.map(({ id, owned }) => [id, owned]));
  expect(world.settle()).toBe(1);
  for (const { id, owned } of world.members) expect(owned).toEqual(expect.arrayContaining(before.get(id) ?? []));
  expect(gone?.owned.length).toBe(4);
});

test('of two members that claim a partition, the one of the later generation has it', () => {
  const zombie = { id: 'a', owned: [0, 1], generation: 3 };
  const present = { id: 'b', owned: [0, 1], generation: 4 };
  expect(assign(2, [zombie, present])).toEqual(
    new Map([
      ['b', [0]],
      ['a', []],
    ]),
  );
});

test('a partition that two members of the same generation claim is given to neither, until one lets go', () => {
  const claims = ['a', 'b'].map((id) => ({ id, owned: [0], generation: 4 }));
  expect([...assign(1, claims).values()].flat()).toEqual([]);
});

test('what members tell of themselves and what they are given crosses the wire; what is not readable claims nothing', () => {
  const metadata = encodeMember('topic', { owned: [1, 5], generation: 7 });
  expect(decodeMember('m', metadata)).toEqual({ id: 'm', owned: [1, 5], generation: 7 });
  expect(decodeAssignment('topic', encodeAssignment('topic', [3, 4]))).toEqual([3, 4]);
  expect(decodeAssignment('other', encodeAssignment('topic', [3, 4]))).toEqual([]);
  expect(decodeAssignment('topic', Buffer.alloc(0))).toEqual([]);
  const nothing = encodeMember('topic', { owned: [], generation: -1 });
  expect(decodeMember('m', nothing.subarray(0, 10)).owned).toEqual([]);
});
