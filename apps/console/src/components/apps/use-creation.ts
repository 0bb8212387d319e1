'use client';
// Creating an app in its three steps: app, settings, first secret. What fails behind the first one is told, and can be done on its page.
import { useTranslations } from 'next-intl';
import { useState } from 'react';
import { ApiFailure } from '@/lib/api.ts';
import { patchApp, secretCalls, useAppsChanged } from '@/lib/apps.ts';
import { newKey } from '@/lib/new-key.ts';
import { toast } from '../ui/toast.tsx';
import {
  type CreationDraft,
  type CreationField,
  creationProblems,
  emptyCreation,
  settingsOf,
  toldCreation,
} from './creation.ts';
import { endOfLife } from './issue-dialog.tsx';
import type { Made } from './secret-dialog.tsx';
import type { Problem } from './settings-form.ts';
import { useOnce } from './use-once.ts';

export interface Creation {
  draft: CreationDraft;
  problems: Partial<Record<CreationField, Problem>>;
  error: Error | null;
  /** Whether the error stands beside a field already. */
  told: boolean;
  busy: boolean;
  set(change: Partial<CreationDraft>): void;
  /** Answers the first field with a problem; undefined when it was sent. */
  submit(): CreationField | undefined;
  forget(): void;
}

export function useCreation(onCreated: (app: string, secret: Made | undefined) => void): Creation {
  const t = useTranslations('apps.create');
  const [draft, setDraft] = useState(emptyCreation);
  const [tried, setTried] = useState(false);
  const changed = useAppsChanged();
  const once = useOnce();
  const told = once.error instanceof ApiFailure ? toldCreation(once.error) : {};
  const problems = { ...told, ...(tried ? creationProblems(draft) : {}) };

  function forget() {
    setDraft(emptyCreation);
    setTried(false);
    once.clear();
  }

  async function create() {
    const { id, name } = draft;
    const body = { name: name.trim(), ...(id.trim() === '' ? {} : { id: id.trim() }) };
    const made = await once.run(body, async (sent, key) => {
      const app = await secretCalls.create(sent, key);
      return { app, secret: await furnished(app.id, draft) };
    });
    if (made === undefined) return;
    changed();
    forget();
    if (made.secret === undefined) toast.bad(t('half', { name: made.app.name }), t('halfTodo'));
    onCreated(made.app.id, made.secret);
  }

  return {
    draft,
    problems,
    error: once.error,
    told: Object.keys(told).length > 0,
    busy: once.busy,
    set(change) {
      setDraft((before) => ({ ...before, ...change }));
      once.clear();
    },
    submit() {
      setTried(true);
      const [first] = Object.keys(creationProblems(draft));
      if (first === undefined) void create();
      // The keys are those of the type.
      return first as CreationField | undefined;
    },
    forget,
  };
}

/** Settings and first secret of an app that is there by now; undefined when one of them failed: both can be done on its page. */
async function furnished(app: string, draft: CreationDraft): Promise<Made | undefined> {
  try {
    const settings = settingsOf(draft);
    if (settings !== undefined) await patchApp(app, { settings });
    const body = { environment: draft.environment, expires_at: endOfLife(draft.lifetime, Date.now()) };
    const made = await secretCalls.issue(app, body, newKey());
    return { kind: 'credential', app, ...made, startsTheHour: false };
  } catch {
    return undefined;
  }
}
