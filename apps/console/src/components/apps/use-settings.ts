'use client';
// The edits of an app's settings while its page is open: shared by its tabs, checked as they are typed, sent as a change.
import type { AppView } from '@message-push/protocol/admin';
import { useState } from 'react';
import { ApiFailure } from '@/lib/api.ts';
import { useChangeApp } from '@/lib/apps.ts';
import {
  changedFields,
  changeOf,
  type Draft,
  draftOf,
  type Edits,
  type FieldName,
  type Problem,
  problemsOf,
  toldProblems,
} from './settings-form.ts';

const NOTHING_TOLD = { code: '', details: [] };

export interface SettingsForm {
  draft: Draft;
  changed: FieldName[];
  /** What is wrong beside each field: here before, from the api after saving. */
  problems: Partial<Record<FieldName, Problem>>;
  /** What the api said that belongs to no field. */
  error: Error | null;
  saving: boolean;
  set<K extends FieldName>(field: K, value: Draft[K]): void;
  discard(): void;
  /** Answers the first field with a problem; undefined when it was sent. */
  save(onSaved: () => void): FieldName | undefined;
}

export function useSettings(app: AppView): SettingsForm {
  const [edits, setEdits] = useState<Edits>({});
  const [told, setTold] = useState<Partial<Record<FieldName, Problem>>>({});
  const [error, setError] = useState<Error | null>(null);
  const change = useChangeApp(app.id);
  const changed = changedFields(app, edits);
  const problems = { ...told, ...problemsOf(app, edits) };

  function clear() {
    setEdits({});
    setTold({});
    setError(null);
  }

  function refused(failure: Error) {
    const { fields, other } = toldProblems(failure instanceof ApiFailure ? failure : NOTHING_TOLD);
    setTold(fields);
    // What stands beside a field already is not said twice.
    setError(other.length > 0 || Object.keys(fields).length === 0 ? failure : null);
  }

  return {
    draft: { ...draftOf(app), ...edits },
    changed,
    problems,
    error,
    saving: change.isPending,
    set(field, value) {
      setEdits((before) => ({ ...before, [field]: value }));
      setTold(({ [field]: _, ...others }) => others);
    },
    discard: clear,
    save(onSaved) {
      const first = changed.find((field) => problemsOf(app, edits)[field] !== undefined);
      if (first !== undefined || change.isPending) return first;
      setError(null);
      const onSuccess = () => {
        clear();
        onSaved();
      };
      change.mutate(changeOf(app, edits), { onSuccess, onError: refused });
      return undefined;
    },
  };
}
