// What was typed into a form is still there after a reload or a new sign-in; each operator has their own.
import { useCallback, useEffect, useRef, useState } from 'react';
import { useSession } from './session.ts';

const SAVE_AFTER_MS = 300;

/** State that is kept in this browser under `name` until `clear`. What is none of its kind any more is dropped. */
export function useDraft<T>(name: string, initial: T, isKind: (kept: unknown) => kept is T) {
  const operator = useSession().data?.operator.id;
  const key = operator === undefined ? undefined : `draft:${operator}:${name}`;
  const [value, setValue] = useState(initial);
  const [loaded, setLoaded] = useState<string>();

  useEffect(() => {
    if (key === undefined || loaded === key) return;
    const kept = read(key, isKind);
    if (kept !== undefined) setValue(kept);
    setLoaded(key);
  }, [key, loaded, isKind]);

  // What the timer has not written yet is written when the form goes away: a session that ended takes it away at once.
  const unsaved = useRef<(() => void) | undefined>(undefined);
  useEffect(() => {
    if (key === undefined || loaded !== key || value === initial) return;
    const save = () => {
      unsaved.current = undefined;
      write(key, value);
    };
    unsaved.current = save;
    const timer = setTimeout(save, SAVE_AFTER_MS);
    return () => clearTimeout(timer);
  }, [key, loaded, value, initial]);
  useEffect(() => () => unsaved.current?.(), []);

  const clear = useCallback(() => {
    unsaved.current = undefined;
    if (key !== undefined) localStorage.removeItem(key);
    setValue(initial);
  }, [key, initial]);
  return { value, setValue, clear, loaded: loaded !== undefined };
}

function read<T>(key: string, isKind: (kept: unknown) => kept is T): T | undefined {
  try {
    const kept: unknown = JSON.parse(localStorage.getItem(key) ?? 'null');
    return isKind(kept) ? kept : undefined;
  } catch {
    return undefined; // storage is forbidden, or holds something else
  }
}

function write(key: string, value: unknown): void {
  try {
    localStorage.setItem(key, JSON.stringify(value));
  } catch {
    // Full or forbidden: the draft lives as long as the page.
  }
}
