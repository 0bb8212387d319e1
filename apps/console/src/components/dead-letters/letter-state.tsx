'use client';
// What became of a dead letter: waiting for a decision, or decided by whom.
import type { DeadLetterView } from '@message-push/protocol/admin';
import { CircleSlash, CornerUpRight, Inbox, TimerOff } from 'lucide-react';
import { useTranslations } from 'next-intl';
import { Badge } from '../ui/badge.tsx';
import { Time } from '../ui/time.tsx';

export function LetterState({ letter }: { letter: DeadLetterView }) {
  const t = useTranslations('deadLetters.states');
  const { decision, replayable } = letter;
  if (decision === undefined) {
    return replayable ? (
      <Badge tone="bad" icon={Inbox}>
        {t('open')}
      </Badge>
    ) : (
      <Badge tone="warn" icon={TimerOff} title={t('lostTitle')}>
        {t('lost')}
      </Badge>
    );
  }
  const replayed = decision.action === 'replayed';
  return (
    <span className="inline-flex min-w-0 flex-wrap items-center gap-x-2 gap-y-0.5">
      <Badge tone={replayed ? 'ok' : 'neutral'} icon={replayed ? CornerUpRight : CircleSlash}>
        {t(decision.action)}
      </Badge>
      <span className="min-w-0 break-words text-muted text-xs">
        {t.rich('by', { name: decision.by, time: () => <Time at={decision.at} plain /> })}
      </span>
    </span>
  );
}
