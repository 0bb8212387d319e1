'use client';
import { useEffect, useState, useSyncExternalStore } from 'react';
import { ApiFailure } from '@/lib/api.ts';
// A test client for a component: drawn anew at most once per frame, ended with the component.
import { newKey } from '@/lib/new-key.ts';
import { mintToken } from '@/lib/playground.ts';
import { TestClient } from './test-client.ts';
import { familyOf } from './wire.ts';

const DEVICE_CHARS = 8;
const TOO_MANY = 429;

/** Milliseconds since the epoch with fractions, so that short ways can be measured. */
export function preciseNow(): number {
  return performance.timeOrigin + performance.now();
}

interface Held {
  client: TestClient;
  deviceId: string;
  subscribe(listener: () => void): () => void;
  version(): number;
}

export function useTestClient(): { client: TestClient; deviceId: string } {
  const [held] = useState(hold);
  useSyncExternalStore(held.subscribe, held.version, () => 0);
  useEffect(() => () => held.client.dispose(), [held]);
  return held;
}

function hold(): Held {
  const listeners = new Set<() => void>();
  let version = 0;
  let scheduled = false;
  const flush = () => {
    scheduled = false;
    version++;
    for (const listener of listeners) listener();
  };
  const deviceId = `console-${newKey().slice(0, DEVICE_CHARS)}`;
  const client = new TestClient({
    deviceId,
    newSocket: (url) => new WebSocket(url),
    access: ({ app, uid, platform }) => mintToken(app, uid, familyOf(platform)),
    isFinal: (error) =>
      error instanceof ApiFailure && error.status >= 400 && error.status < 500 && error.status !== TOO_MANY,
    now: preciseNow,
    random: Math.random,
    later(act, ms) {
      const timer = setTimeout(act, ms);
      return () => clearTimeout(timer);
    },
    onChange() {
      if (!scheduled) requestAnimationFrame(flush);
      scheduled = true;
    },
  });
  return {
    client,
    deviceId,
    subscribe(listener) {
      listeners.add(listener);
      return () => void listeners.delete(listener);
    },
    version: () => version,
  };
}
