// A reader of live updates for the tests: what came, by event name, over real HTTP.
import { vi } from 'vitest';
import type { TestOperator } from '../routes/admin/fixture-operators.ts';
import type { RunningApi } from '../world.ts';

export interface Heard {
  id: string;
  event: string;
  // Asserted field by field in the tests that read it.
  data: Record<string, unknown>;
}

export interface TestStream {
  status: number;
  headers: Headers;
  heard: Heard[];
  /** True once the other side has ended it. */
  ended(): boolean;
  /** Waits until an event of this name satisfies the condition. */
  until(event: string, satisfies?: (data: Record<string, unknown>) => boolean, timeout?: number): Promise<Heard>;
  close(): void;
}

export async function openStream(
  api: RunningApi,
  { cookie }: Pick<TestOperator, 'cookie'>,
  query: string,
  lastId?: string,
): Promise<TestStream> {
  const abort = new AbortController();
  const headers = { cookie, ...(lastId !== undefined && { 'last-event-id': lastId }) };
  const response = await fetch(`${api.url}/admin/v1/stream${query}`, { headers, signal: abort.signal });
  const heard: Heard[] = [];
  let ended = false;
  const reading = async () => {
    let rest = '';
    for await (const piece of response.body?.pipeThrough(new TextDecoderStream()) ?? []) {
      const blocks = (rest + piece).split('\n\n');
      rest = blocks.pop() ?? '';
      for (const block of blocks) {
        const field = (name: string) => new RegExp(`^${name}: (.*)$`, 'm').exec(block)?.[1];
        const [id, event, data] = ['id', 'event', 'data'].map(field);
        if (id !== undefined && event !== undefined && data !== undefined)
          heard.push({ id, event, data: JSON.parse(data) });
      }
    }
  };
  void reading()
    .catch(() => undefined)
    .finally(() => {
      ended = true;
    });
  return {
    status: response.status,
    headers: response.headers,
    heard,
    ended: () => ended,
    until: (event, satisfies = () => true, timeout = 5_000) =>
      vi.waitFor(
        () => {
          const found = heard.find((one) => one.event === event && satisfies(one.data));
          if (found === undefined) throw new Error(`no such ${event} among ${heard.map((one) => one.event).join()}`);
          return found;
        },
        { timeout, interval: 10 },
      ),
    close: () => abort.abort(),
  };
}
