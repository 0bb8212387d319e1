'use client';
import { useRef, useState } from 'react';
import { ApiFailure } from '@/lib/api.ts';
// Calls a thing that must happen once: no second try while the first is under way, and a repeated one under the same key.
import { newKey } from '@/lib/new-key.ts';

/** What a call answers is the caller's alone: it is kept nowhere. */
export function useOnce() {
  const [busy, setBusy] = useState(false);
  const [error, setError] = useState<Error | null>(null);
  const last = useRef({ body: '', key: '' });

  /** The answer; undefined when it failed, then `error` says why. */
  async function run<Body, Answer>(
    body: Body,
    call: (body: Body, key: string) => Promise<Answer>,
  ): Promise<Answer | undefined> {
    if (busy) return undefined;
    const text = JSON.stringify(body);
    if (last.current.body !== text) last.current = { body: text, key: newKey() };
    setBusy(true);
    setError(null);
    try {
      const answer = await call(body, last.current.key);
      last.current = { body: '', key: '' };
      return answer;
    } catch (cause) {
      // What was refused did not happen: the next try is another one. An answer that was lost may have been a yes.
      if (cause instanceof ApiFailure && cause.status >= 400 && cause.status < 500)
        last.current = { body: '', key: '' };
      setError(cause instanceof Error ? cause : new Error(String(cause)));
      return undefined;
    } finally {
      setBusy(false);
    }
  }

  return { busy, error, run, clear: () => setError(null) };
}
