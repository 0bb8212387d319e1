'use client';
// What is wrong with a setting, in the reader's words.
import { useTranslations } from 'next-intl';
import type { Problem } from './settings-form.ts';

export function useProblemText(): (problem: Problem | undefined) => string | undefined {
  const t = useTranslations('apps.problem');
  return (problem) => {
    if (problem === undefined) return undefined;
    const { code, ...values } = problem;
    return code === 'told' ? problem.text : t(code, values);
  };
}
