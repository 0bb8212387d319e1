'use client';
// Says something to those who listen to the page, at most once in five seconds for what counts up by itself.
import { useSyncExternalStore } from 'react';

const THROTTLE_MS = 5000;
let said = '';
let lastLiveAt = 0;
const listeners = new Set<() => void>();

/** Read out politely. */
export function announce(text: string): void {
  // A repeated text would not be read again: an unseen character makes it new.
  said = said === text ? `${text}\u00a0` : text;
  for (const listener of listeners) listener();
}

/** For figures that change by themselves; `now` in milliseconds. Answers whether it was said. */
export function announceLive(text: string, now: number): boolean {
  if (now - lastLiveAt < THROTTLE_MS) return false;
  lastLiveAt = now;
  announce(text);
  return true;
}

/** Once, around all pages. */
export function Announcer() {
  const text = useSyncExternalStore(
    subscribe,
    () => said,
    () => '',
  );
  return (
    <div role="status" className="sr-only">
      {text}
    </div>
  );
}

function subscribe(listener: () => void): () => void {
  listeners.add(listener);
  return () => listeners.delete(listener);
}
