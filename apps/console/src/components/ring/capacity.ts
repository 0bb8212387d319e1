'use client';
// How many users one node can carry, as this operator said in this browser.
import { useSyncExternalStore } from 'react';

const KEY = 'ring.capacity';
const CAPACITY_MAX = 100_000_000;
const listeners = new Set<() => void>();

/** Undefined until somebody has said it. */
export function useCapacity(): [capacity: number | undefined, say: (capacity: number | undefined) => void] {
  const capacity = useSyncExternalStore(subscribe, read, () => undefined);
  return [capacity, say];
}

function read(): number | undefined {
  const capacity = Number(localStorage.getItem(KEY) ?? Number.NaN);
  return Number.isInteger(capacity) && capacity > 0 && capacity <= CAPACITY_MAX ? capacity : undefined;
}

function say(capacity: number | undefined): void {
  if (capacity === undefined) localStorage.removeItem(KEY);
  else localStorage.setItem(KEY, String(capacity));
  for (const listener of listeners) listener();
}

function subscribe(listener: () => void): () => void {
  listeners.add(listener);
  window.addEventListener('storage', listener);
  return () => {
    listeners.delete(listener);
    window.removeEventListener('storage', listener);
  };
}
