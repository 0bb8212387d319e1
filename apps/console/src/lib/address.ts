// The address of the page as the browser knows it; empty while the server draws.
import { useSyncExternalStore } from 'react';

const never = () => () => undefined;

export function useOrigin(): string {
  return useSyncExternalStore(
    never,
    () => window.location.origin,
    () => '',
  );
}

/** Read anew at each drawing: pages keep their state in it. */
export function useHref(): string {
  return useSyncExternalStore(
    never,
    () => window.location.href,
    () => '',
  );
}
