'use client';
// One secret of an app: what it is called by, whether it works, how much it is used and from where, and how to end it.
import type { CredentialView } from '@message-push/protocol/admin';
import { Ban, CircleCheck, Clock3, History, type LucideIcon } from 'lucide-react';
import { useFormatter, useTranslations } from 'next-intl';
import type { ReactNode } from 'react';
import { Badge, type Tone } from '../ui/badge.tsx';
import { Button } from '../ui/button.tsx';
import { Bars } from '../ui/charts.tsx';
import { Popover } from '../ui/popover.tsx';
import { Time } from '../ui/time.tsx';
import { RECENT_MINUTES, type Usage, usageOf, type Verdict } from './usage.ts';
import { VerdictLine } from './verdict-line.tsx';

const STATES: Record<CredentialView['state'], { tone: Tone; icon: LucideIcon }> = {
  live: { tone: 'ok', icon: CircleCheck },
  grace: { tone: 'warn', icon: Clock3 },
  expired: { tone: 'neutral', icon: History },
  revoked: { tone: 'neutral', icon: Ban },
};
const PERCENT = 100;

export interface CredentialItemProps {
  credential: CredentialView;
  now: number;
  /** Said of a secret that may go. */
  verdict: Verdict | undefined;
  /** Absent where the operator may not. */
  onRevoke: (() => void) | undefined;
  /** Just made: shown for a moment. */
  fresh: boolean;
}

export function CredentialItem({ credential, now, verdict, onRevoke, fresh }: CredentialItemProps) {
  const t = useTranslations('apps.credential');
  const { hint } = credential;
  const usage = usageOf(credential, now);
  return (
    <li
      id={`credential-${credential.id}`}
      tabIndex={-1}
      aria-label={t('named', { hint })}
      className={`grid gap-x-6 gap-y-3 px-4 py-3.5 -outline-offset-2 lg:grid-cols-[minmax(15rem,1.1fr)_minmax(12rem,1fr)_auto] ${fresh ? 'bg-accent-tint' : ''}`}
    >
      <Identity credential={credential} />
      <UsageOf credential={credential} usage={usage} />
      <div className="flex items-start justify-end max-lg:justify-start">
        {onRevoke && (
          <Button size="small" onClick={onRevoke} aria-label={t('revokeNamed', { hint })}>
            {t('revoke')}
          </Button>
        )}
      </div>
      {verdict && (
        <div className="lg:col-span-3">
          <VerdictLine verdict={verdict} />
        </div>
      )}
    </li>
  );
}

export function CredentialBadge({ state }: { state: CredentialView['state'] }) {
  const t = useTranslations('apps.credential.state');
  const { tone, icon } = STATES[state];
  return (
    <Badge tone={tone} icon={icon}>
      {t(state)}
    </Badge>
  );
}

/** How a secret is called once it was shown: its last characters. */
export function Hint({ hint }: { hint: string }) {
  return (
    <code className="whitespace-nowrap font-medium font-mono">
      <span aria-hidden className="text-faint">
        ••••
      </span>
      {hint}
    </code>
  );
}

function Identity({ credential }: { credential: CredentialView }) {
  const t = useTranslations('apps.credential');
  const { state, created_at, expires_at } = credential;
  return (
    <div className="min-w-0 space-y-1.5">
      <div className="flex flex-wrap items-center gap-2">
        <Hint hint={credential.hint} />
        <CredentialBadge state={state} />
      </div>
      <p className="text-muted text-xs">
        {t.rich('issued', { time: () => <Time at={created_at} /> })}
        {' · '}
        {expires_at !== null
          ? t.rich('ends', { time: () => <Time at={expires_at} show="until" /> })
          : t(state === 'grace' ? 'endsAfterFirstUse' : 'noEnd')}
      </p>
    </div>
  );
}

function UsageOf({ credential, usage }: { credential: CredentialView; usage: Usage }) {
  const t = useTranslations('apps.credential');
  const { lastAt, recent, perMinute, peak } = usage;
  const { addresses } = credential.use;
  return (
    <div className="min-w-0 space-y-1.5">
      <div className="flex items-end gap-3">
        <div className="w-36 shrink-0">
          <Bars
            values={perMinute}
            max={4}
            label={t('chart', { recent, minutes: RECENT_MINUTES, peak })}
            className="h-6!"
          />
        </div>
        <p className="min-w-0 text-xs leading-tight">
          <span className="block font-semibold text-sm">{t('recent', { count: recent })}</span>
          <span className="text-muted">{t('recentOf', { minutes: RECENT_MINUTES })}</span>
        </p>
      </div>
      <p className="text-muted text-xs">
        {lastAt === null ? t('neverUsed') : t.rich('lastUsed', { time: () => <Time at={lastAt} /> })}
        {addresses.length > 0 && (
          <>
            {' · '}
            <Addresses addresses={addresses} hint={credential.hint} />
          </>
        )}
      </p>
    </div>
  );
}

function Addresses({ addresses, hint }: { addresses: CredentialView['use']['addresses']; hint: string }) {
  const t = useTranslations('apps.credential');
  const format = useFormatter();
  const total = addresses.reduce((sum, { count }) => sum + count, 0) || 1;
  const [first] = addresses;
  return (
    <Popover
      title={t('addressesTitle', { hint })}
      trigger={
        <button type="button" className="rounded underline decoration-line-strong decoration-dotted underline-offset-3">
          {t('addresses', { more: addresses.length - 1, first: first?.ip ?? '' })}
        </button>
      }
    >
      <table className="text-xs">
        <thead className="text-left text-muted">
          <tr>
            <Head>{t('address')}</Head>
            <Head>{t('requests')}</Head>
            <Head>{t('last')}</Head>
          </tr>
        </thead>
        <tbody>
          {addresses.map(({ ip, count, last_at }) => (
            <tr key={ip} className="border-line border-t">
              <td className="break-all py-1 pr-4 font-mono">{ip}</td>
              <td className="py-1 pr-4">
                {format.number(count)} <span className="text-muted">({Math.round((count / total) * PERCENT)} %)</span>
              </td>
              <td className="py-1">
                <Time at={last_at} plain />
              </td>
            </tr>
          ))}
        </tbody>
      </table>
    </Popover>
  );
}

function Head({ children }: { children: ReactNode }) {
  return (
    <th scope="col" className="pr-4 pb-1 font-medium">
      {children}
    </th>
  );
}
