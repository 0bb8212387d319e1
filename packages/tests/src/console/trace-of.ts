// What the main thread of a page really worked: the processor time of its longest task, from the browser's own trace.
import type { Page } from '@playwright/test';

interface TraceEvent {
  name: string;
  ph: string;
  pid: number;
  tid: number;
  args?: { name?: string };
  /** Microseconds on the clock, and of the processor. */
  dur?: number;
  tdur?: number;
}

export interface Tasks {
  count: number;
  /** Milliseconds of the longest one: of the processor, and on the clock. */
  longestCpuMs: number;
  longestMs: number;
}

/**
 * Tasks of the page's main thread while `work` goes on. Processor time is what counts: while other processes have the processor, a task
 * grows long on the clock although the page does nothing.
 */
export async function tasksDuring(page: Page, work: () => Promise<void>): Promise<Tasks> {
  const browser = page.context().browser();
  if (browser === null) throw new Error('the page has no browser of its own');
  await browser.startTracing(page, { categories: ['disabled-by-default-devtools.timeline', 'toplevel', '__metadata'] });
  await work();
  const { traceEvents } = JSON.parse((await browser.stopTracing()).toString()) as { traceEvents: TraceEvent[] }; // the format of traces
  const threads = new Set(
    traceEvents
      .filter(({ name, args }) => name === 'thread_name' && args?.name === 'CrRendererMain')
      .map(({ pid, tid }) => `${pid}/${tid}`),
  );
  const tasks = traceEvents.filter(({ name, pid, tid }) => /RunTask$/.test(name) && threads.has(`${pid}/${tid}`));
  const most = (values: (number | undefined)[]) =>
    values.reduce<number>((max, one) => Math.max(max, one ?? 0), 0) / 1_000;
  return {
    count: tasks.length,
    longestCpuMs: most(tasks.map(({ tdur }) => tdur)),
    longestMs: most(tasks.map(({ dur }) => dur)),
  };
}
