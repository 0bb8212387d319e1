'use client';
// An action of the audit in words, or as it is written when it has none here.
import { useTranslations } from 'next-intl';
import { ACTIONS } from './actions.ts';

export function ActionName({ action }: { action: string }) {
  const t = useTranslations('audit.actions');
  const known = ACTIONS.find((name) => name === action);
  return <span title={action}>{known === undefined ? action : t(known)}</span>;
}
