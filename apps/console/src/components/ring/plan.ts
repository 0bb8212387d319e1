'use client';
// What the page tries out and looks for, kept in the address so that it can be passed on: a plan for the ring, a uid.
import { parseAsArrayOf, parseAsString, parseAsStringLiteral, useQueryStates } from 'nuqs';
import { useMemo } from 'react';
import type { RingPlan } from '@/lib/ring.ts';

const ADDED_MAX = 50;
const NAMES = parseAsArrayOf(parseAsString).withDefault([]);
const STATE = {
  uid: parseAsString.withDefault(''),
  app: parseAsString.withDefault(''),
  remove: NAMES,
  add: NAMES,
  view: parseAsStringLiteral(['after', 'now']).withDefault('after'),
};

export interface RingChoices {
  uid: string;
  app: string;
  plan: RingPlan;
  planned: boolean;
  /** Which ring the drawing shows while there is a plan. */
  view: 'after' | 'now';
  locate(uid: string, app: string): void;
  toggle(id: string): void;
  add(id: string): void;
  unadd(id: string): void;
  show(view: 'after' | 'now'): void;
  clear(): void;
}

/** `ids`: the nodes of the ring; what the address names besides is left out. */
export function useRingChoices(ids: readonly string[]): RingChoices {
  const [{ uid, app, remove, add, view }, set] = useQueryStates(STATE);
  const plan = useMemo<RingPlan>(
    () => ({
      remove: remove.filter((id) => ids.includes(id)).sort(),
      add: add
        .filter((id) => !ids.includes(id))
        .slice(0, ADDED_MAX)
        .map((id) => ({ id, weight: 1 })),
    }),
    [remove, add, ids],
  );
  return {
    uid,
    app,
    plan,
    planned: plan.remove.length > 0 || plan.add.length > 0,
    view,
    locate: (nextUid, nextApp) => void set({ uid: nextUid, app: nextApp }, { history: 'push' }),
    toggle: (id) => void set({ remove: remove.includes(id) ? remove.filter((one) => one !== id) : [...remove, id] }),
    add: (id) => void set({ add: [...new Set([...add, id])] }),
    unadd: (id) => void set({ add: add.filter((one) => one !== id) }),
    show: (next) => void set({ view: next }),
    clear: () => void set({ remove: [], add: [] }),
  };
}
