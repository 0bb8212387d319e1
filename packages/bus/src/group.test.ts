import { expect, test } from 'vitest';
import { Group, type GroupLog } from './group.ts';
import type { SubscribeOptions } from './index.ts';

/** A log of one partition whose end the test moves. */
class Scripted implements GroupLog {
  readonly busId = 'scripted';
  ends = 0;
  start = 0;
  failures = 0;
  /** Called when a reader looks where the log ends, with what it will be told. */
  onLook: (() => void) | undefined;

  end(): number {
    const { ends } = this;
    this.onLook?.();
    return ends;
  }
  async read(_topic: string, _partition: number, from: number, max: number) {
    const count = Math.min(max, this.ends - from);
    const records = Array.from({ length: count }, (_, i) => ({ offset: from + i, at: 0, value: new Uint8Array() }));
    return { records, end: this.ends };
  }
  async committed(): Promise<number> {
    return this.start;
  }
  async join(_group: string, _topic: string, partitions: number[]) {
    return partitions.map((partition) => ({ partition, committed: this.start }));
  }
  async commit(): Promise<void> {}
  failed(): void {
    this.failures += 1;
  }
}

const options = (onBatch: SubscribeOptions['onBatch']): SubscribeOptions => ({
  group: 'delivery',
  topic: 'pushes',
  batchMax: 10,
  onBatch,
});
const turns = async (n: number) => {
  for (let i = 0; i < n; i++) await new Promise(setImmediate);
};

test('a record stored between a reader’s look and its sleep is not overlooked', async () => {
  const log = new Scripted();
  const group = new Group(log, 1);
  const read = Promise.withResolvers<number>();
  log.onLook = () => {
    log.onLook = undefined;
    log.ends = 1;
    group.wake(0);
  };
  await group.subscribe(options(async ({ records }) => read.resolve(records.length)));
  expect(await read.promise).toBe(1);
  await group.close();
});

test('an idle reader does not look again until there is something new', async () => {
  const log = new Scripted();
  let looks = 0;
  log.onLook = () => {
    looks += 1;
  };
  const group = new Group(log, 1);
  await group.subscribe(options(async () => {}));
  await turns(20);
  expect(looks).toBe(1);
  await group.close();
});

test('news do not shorten the pause after a refused batch', async () => {
  const log = new Scripted();
  log.ends = 1;
  const group = new Group(log, 1);
  let tries = 0;
  const member = await group.subscribe(
    options(async () => {
      tries += 1;
      throw new Error('not now');
    }),
  );
  await turns(5);
  const from = performance.now();
  for (let i = 0; i < 20; i++) {
    group.wake(0);
    await turns(1);
  }
  // Within the first pause of 100 ms; a slower machine may see the second try come in its own time.
  if (performance.now() - from < 90) expect(tries).toBe(1);
  expect(log.failures).toBe(tries);
  await member.close();
});

test('a member that leaves in the middle of a pause leaves at once', async () => {
  const log = new Scripted();
  log.ends = 1;
  const group = new Group(log, 1);
  const tried = Promise.withResolvers<void>();
  const member = await group.subscribe(
    options(async () => {
      tried.resolve();
      throw new Error('not now');
    }),
  );
  await tried.promise;
  await member.close();
  await member.close();
  await group.close();
});

test('a call-back that throws fails the subscription that caused it, and the group goes on', async () => {
  const log = new Scripted();
  const group = new Group(log, 1);
  const bad = group.subscribe({
    ...options(async () => {}),
    onAssigned: () => {
      throw new Error('cannot begin');
    },
  });
  await expect(bad).rejects.toThrow('cannot begin');
});
