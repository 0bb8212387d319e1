'use client';
// Decides about several dead letters, one after the other, and counts what became of them.
import type { DeadLetterView } from '@message-push/protocol/admin';
import { useState } from 'react';
import { type Decision, useDecide } from '@/lib/dead-letters.ts';

export interface Failure {
  letter: DeadLetterView;
  error: Error;
}

export interface Progress {
  done: number;
  failures: Failure[];
  total: number;
  running: boolean;
}

const NONE: Progress = { done: 0, failures: [], total: 0, running: false };

export function useDecisions() {
  const decide = useDecide();
  const [progress, setProgress] = useState(NONE);

  /** Answers the failures. */
  async function run(letters: readonly DeadLetterView[], decision: Decision): Promise<Failure[]> {
    const failures: Failure[] = [];
    setProgress({ ...NONE, total: letters.length, running: true });
    for (const [index, letter] of letters.entries()) {
      try {
        await decide.mutateAsync({ id: letter.id, decision });
      } catch (cause) {
        failures.push({ letter, error: cause instanceof Error ? cause : new Error(String(cause)) });
      }
      setProgress({
        done: index + 1 - failures.length,
        failures: [...failures],
        total: letters.length,
        running: index + 1 < letters.length,
      });
    }
    return failures;
  }

  return { progress, run, reset: () => setProgress(NONE) };
}
