// The present time for texts like "12 s ago": one ticker for the whole page.
import { useSyncExternalStore } from 'react';

const TICK_MS = 1000;
const listeners = new Set<() => void>();
let now = 0;
let timer: ReturnType<typeof setInterval> | undefined;

/** Epoch milliseconds, anew each second; 0 on the server and while `ticking` is false. */
export function useNow(ticking = true): number {
  return useSyncExternalStore(
    ticking ? subscribe : idle,
    () => (ticking ? now || tick() : 0),
    () => 0,
  );
}

function subscribe(listener: () => void): () => void {
  listeners.add(listener);
  timer ??= setInterval(() => {
    tick();
    for (const heard of listeners) heard();
  }, TICK_MS);
  return () => {
    listeners.delete(listener);
    if (listeners.size > 0) return;
    clearInterval(timer);
    timer = undefined;
    now = 0;
  };
}

function idle(): () => void {
  return () => undefined;
}

function tick(): number {
  now = Date.now();
  return now;
}
