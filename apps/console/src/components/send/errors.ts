// What is wrong with which field of the form: found here, or told by the api.
import { useTranslations } from 'next-intl';
import { useCallback } from 'react';
import { ApiFailure } from '@/lib/api.ts';
import type { DraftField, DraftProblems } from '@/lib/push-draft.ts';

export type FieldErrors = Partial<Record<DraftField, string>>;

/** Beginnings of the api's paths. */
const FIELDS: readonly [string, DraftField][] = [
  ['app', 'app'],
  ['audience', 'uids'],
  ['message.title', 'title'],
  ['message.content_type', 'contentType'],
  ['message.content', 'content'],
  ['message.extras', 'extras'],
  ['options.ttl_s', 'ttlS'],
];

export function useErrorTexts() {
  const t = useTranslations('send.problem');
  return useCallback(
    (problems: DraftProblems, failure: Error | null): FieldErrors => {
      const errors: FieldErrors = failure instanceof ApiFailure ? toldBy(failure) : {};
      for (const [field, problem] of Object.entries(problems)) {
        errors[field as DraftField] = t(problem); // keys of DraftProblems
      }
      return errors;
    },
    [t],
  );
}

function toldBy(failure: ApiFailure): FieldErrors {
  const errors: FieldErrors = {};
  for (const { path, problem } of failure.details) {
    const field = FIELDS.find(([beginning]) => path.startsWith(beginning))?.[1];
    if (field !== undefined) errors[field] ??= `${path} ${problem}`;
  }
  return errors;
}
