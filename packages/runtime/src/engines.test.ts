import { describe, expect, test } from 'vitest';
import { ConfigError } from './config.ts';
import { openEngines, reasonOf } from './engines.ts';
import type { Log } from './log.ts';

/** An engine that refuses `refusals` times before it opens, and `silences` times before it answers. */
function engine(
  refusals: number,
  error: () => unknown = () => new Error('connect ECONNREFUSED 127.0.0.1:6379'),
  silences = 0,
) {
  const seen = { tries: 0, open: 0, pings: 0, closed: 0 };
  const open = async () => {
    if (seen.tries++ < refusals) throw error();
    seen.open++;
    return {
      async ping() {
        if (seen.pings++ < silences) throw error();
      },
      async close() {
        seen.closed++;
      },
    };
  };
  return { open, seen };
}

function opening(openers: Parameters<typeof openEngines>[0]) {
  const lines: string[] = [];
  const told: string[][] = [];
  const stop = new AbortController();
  const line = (_: object, text: string) => lines.push(text);
  const log = { warn: line, info: line } as unknown as Log; // all that openEngines calls
  const done = openEngines(openers, {
    needed: ['bus', 'state'],
    log,
    signal: stop.signal,
    onMissing: (missing) => told.push([...missing].map(([name, why]) => `${name}: ${why}`)),
  });
  return { done, lines, told, stop };
}

describe('engines', () => {
  test('an engine that is away is waited for, with one line when it goes missing and one when it is there', async () => {
    const state = engine(2);
    const bus = engine(0);
    const { done, lines, told } = opening({ state: state.open, bus: bus.open });
    expect(Object.keys(await done).sort()).toEqual(['bus', 'state']);
    expect(state.seen).toMatchObject({ tries: 3, open: 1, closed: 0 });
    expect(lines).toEqual(['waiting for state: connect ECONNREFUSED 127.0.0.1:6379', 'state is there']);
    expect(told).toContainEqual(['state: connect ECONNREFUSED 127.0.0.1:6379']);
    expect(told.at(-1)).toEqual([]);
  });

  test('a client that opens while its engine is away is kept until the engine answers', async () => {
    const state = engine(0, undefined, 2);
    const { done, lines } = opening({ state: state.open });
    await done;
    expect(state.seen).toMatchObject({ tries: 1, open: 1, pings: 3, closed: 0 });
    expect(lines).toEqual(['waiting for state: connect ECONNREFUSED 127.0.0.1:6379', 'state is there']);
  });

  test('an engine that one can serve without is not waited for, and its absence is said', async () => {
    const archive = engine(0, () => new Error('no answer'), Number.POSITIVE_INFINITY);
    const { done, lines } = opening({ archive: archive.open });
    await done;
    await expect.poll(() => lines).toEqual(['archive is away, going on without it: no answer']);
  });

  test('a setting that can never work is not waited for, and what was opened is closed', async () => {
    const bus = engine(0);
    const wrong = engine(1, () => new ConfigError(['REDIS_URL: is not set']));
    const { done } = opening({ bus: bus.open, state: wrong.open });
    await expect(done).rejects.toThrow('REDIS_URL: is not set');
    expect(wrong.seen.tries).toBe(1);
    expect(bus.seen).toMatchObject({ open: 1, closed: 1 });
  });

  test('a stop ends the waiting and closes what is open, also what opens after it', async () => {
    const bus = engine(0);
    const away = engine(Number.POSITIVE_INFINITY);
    const late = Promise.withResolvers<void>();
    const slow = engine(0);
    const openers = {
      bus: bus.open,
      state: away.open,
      archive: async () => {
        await late.promise;
        return slow.open();
      },
    };
    const { done, stop } = opening(openers);
    await expect.poll(() => away.seen.tries).toBeGreaterThan(0);
    stop.abort();
    await expect(done).rejects.toThrow();
    expect(bus.seen).toMatchObject({ open: 1, closed: 1 });
    late.resolve();
    await expect.poll(() => slow.seen).toMatchObject({ open: 1, closed: 1 });
  });

  test('a reason is told in words, also that of several tries and that of a cause', () => {
    expect(reasonOf(new AggregateError([new Error('a'), new Error('b')]))).toBe('a, b');
    expect(reasonOf(new Error('state is away', { cause: new Error('ECONNRESET') }))).toBe('ECONNRESET');
    expect(reasonOf('x')).toBe('x');
  });
});
