'use client';
// Where a test client is in its life, and what it has measured.
import {
  CircleCheck,
  CircleDashed,
  CircleOff,
  Hourglass,
  KeyRound,
  LoaderCircle,
  LogIn,
  type LucideIcon,
} from 'lucide-react';
import { useTranslations } from 'next-intl';
import type { ReactNode } from 'react';
import { useFigures } from '@/components/ring/figures.ts';
import { Badge, type Tone } from '@/components/ui/badge.tsx';
import { Time } from '@/components/ui/time.tsx';
import { useNow } from '@/lib/now.ts';
import type { ClientState, Phase } from './client-state.ts';

const LOOKS: Record<Phase, { tone: Tone; icon: LucideIcon }> = {
  idle: { tone: 'neutral', icon: CircleDashed },
  token: { tone: 'accent', icon: KeyRound },
  connecting: { tone: 'accent', icon: LoaderCircle },
  login: { tone: 'accent', icon: LogIn },
  open: { tone: 'ok', icon: CircleCheck },
  waiting: { tone: 'warn', icon: Hourglass },
  closed: { tone: 'bad', icon: CircleOff },
};

export function PhaseBadge({ state }: { state: ClientState }) {
  const t = useTranslations('playground');
  const { phase, retryAt } = state;
  const now = useNow(phase === 'waiting');
  const { tone, icon } = LOOKS[phase];
  const seconds = retryAt === undefined || now === 0 ? 0 : Math.max(0, Math.ceil((retryAt - now) / 1_000));
  return (
    <Badge tone={tone} icon={icon}>
      {phase === 'waiting' ? t('comesBack', { seconds, attempt: state.attempt }) : t(`phase.${phase}`)}
    </Badge>
  );
}

export function ConnectionFacts({ state, deviceId }: { state: ClientState; deviceId: string }) {
  const t = useTranslations('playground.facts');
  const figures = useFigures();
  const { phase, reason, closeCode, gateway, sessionId, rttMs, heartbeats, missed, received, ghosts, since } = state;
  if (phase === 'idle' && state.settings === undefined) return null;
  const facts: [key: Parameters<typeof t>[0], value: ReactNode][] = [
    ['gateway', <Mono key="g" text={gateway ?? '–'} />],
    ['session', <Mono key="s" text={sessionId ?? '–'} />],
    ['device', <Mono key="d" text={deviceId} />],
    ['since', since === undefined ? '–' : <Time key="t" at={since} plain />],
    ['rtt', rttMs === undefined ? '–' : figures.ms(rttMs)],
    ['heartbeats', t('heartbeatsOf', { heartbeats, missed })],
    ['received', figures.count(received)],
  ];
  return (
    <div className="mt-4 space-y-3 border-line border-t pt-4">
      {reason !== undefined && phase !== 'open' && phase !== 'idle' && (
        <p role="status" className="break-words rounded-md bg-warn-tint px-3 py-2 text-warn text-xs">
          {closeCode !== undefined && <strong className="mr-1.5 font-semibold">{closeCode}</strong>}
          {reason === '' ? t('noReason') : reason}
        </p>
      )}
      {state.resumed === false && phase === 'open' && (
        <p role="status" className="rounded-md bg-warn-tint px-3 py-2 text-warn text-xs">
          {t('notResumed')}
        </p>
      )}
      {ghosts > 0 && <p className="rounded-md bg-note-tint px-3 py-2 text-note text-xs">{t('ghosts', { ghosts })}</p>}
      <dl className="grid grid-cols-[auto_minmax(0,1fr)] gap-x-3 gap-y-1 text-xs @md:grid-cols-[auto_minmax(0,1fr)_auto_minmax(0,1fr)]">
        {facts.map(([key, value]) => (
          <div key={key} className="contents">
            <dt className="text-muted">{t(key)}</dt>
            <dd className="min-w-0 truncate text-right">{value}</dd>
          </div>
        ))}
      </dl>
    </div>
  );
}

function Mono({ text }: { text: string }) {
  return (
    <span title={text} className="font-mono">
      {text}
    </span>
  );
}
