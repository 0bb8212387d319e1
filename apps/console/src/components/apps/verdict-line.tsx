'use client';
// One sentence about an old secret: safe to revoke, still in use, or too early to tell.
import { CircleAlert, CircleCheck, Clock3, type LucideIcon, TriangleAlert } from 'lucide-react';
import { useFormatter, useTranslations } from 'next-intl';
import { cx } from '../ui/class-names.ts';
import { RECENT_MINUTES, type Verdict } from './usage.ts';

const LOOKS: Record<Verdict['kind'], { Icon: LucideIcon; tone: string }> = {
  safe: { Icon: CircleCheck, tone: 'text-ok' },
  wait: { Icon: Clock3, tone: 'text-warn' },
  unproven: { Icon: TriangleAlert, tone: 'text-warn' },
  busy: { Icon: CircleAlert, tone: 'text-bad' },
};
const MINUTE_MS = 60_000;
const HOUR_MS = 3_600_000;
const DAY_MS = 86_400_000;

export function VerdictLine({ verdict }: { verdict: Verdict }) {
  const { Icon, tone } = LOOKS[verdict.kind];
  return (
    <p className="flex items-start gap-1.5">
      <Icon aria-hidden size={15} className={cx('mt-0.75 shrink-0', tone)} />
      <span className="min-w-0">
        <Sentence verdict={verdict} />
      </span>
    </p>
  );
}

function Sentence({ verdict }: { verdict: Verdict }) {
  const t = useTranslations('apps.verdict');
  const length = useLength();
  const strong = (chunks: React.ReactNode) => <strong className="font-semibold">{chunks}</strong>;
  switch (verdict.kind) {
    case 'safe':
      return verdict.quietMs === null
        ? t.rich('neverUsed', { strong })
        : t.rich('safe', { strong, time: length(verdict.quietMs) });
    case 'wait':
      return t.rich('wait', { strong, time: length(verdict.quietMs), peak: verdict.peak });
    case 'unproven':
      return t.rich('unproven', { strong });
    case 'busy':
      return t.rich('busy', {
        strong,
        count: verdict.recent,
        minutes: RECENT_MINUTES,
        addresses: verdict.addresses,
      });
  }
}

/** A length of time in its largest unit: "14 min", "3 h", "2 days". */
function useLength(): (ms: number) => string {
  const format = useFormatter();
  return (ms) => {
    const [value, unit] =
      ms >= DAY_MS ? [ms / DAY_MS, 'day'] : ms >= HOUR_MS ? [ms / HOUR_MS, 'hour'] : [ms / MINUTE_MS, 'minute'];
    return format.number(Math.max(1, Math.floor(value)), { style: 'unit', unit, unitDisplay: 'long' });
  };
}
