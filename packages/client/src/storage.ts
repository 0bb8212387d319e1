// Where a client keeps its device id and its cursor between connections and restarts.

/** Text by key. Calls must be quick; a failing call is treated as "nothing kept". */
export interface ClientStorage {
  get(key: string): string | undefined;
  set(key: string, value: string): void;
}

/** Kept as long as the process or the page lives. */
export function memoryStorage(): ClientStorage {
  const kept = new Map<string, string>();
  return { get: (key) => kept.get(key), set: (key, value) => void kept.set(key, value) };
}

/** The part of the Web Storage API that is used here. */
interface WebStorage {
  getItem(key: string): string | null;
  setItem(key: string, value: string): void;
}

/** sessionStorage in a browser (one device per tab), memory elsewhere or where the browser refuses. */
export function defaultStorage(): ClientStorage {
  const web = (globalThis as { sessionStorage?: WebStorage }).sessionStorage; // absent outside browsers
  const fallback = memoryStorage();
  if (!web) return fallback;
  return {
    get(key) {
      try {
        return web.getItem(key) ?? undefined;
      } catch {
        return fallback.get(key);
      }
    },
    set(key, value) {
      try {
        web.setItem(key, value);
      } catch {
        fallback.set(key, value);
      }
    },
  };
}
