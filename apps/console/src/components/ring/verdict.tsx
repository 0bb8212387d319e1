'use client';
// Go, take care, or do not: what the figures of a change advise, and the one that it rests on.
import type { SimulationView } from '@message-push/protocol/admin';
import { CircleCheck, OctagonX, TriangleAlert } from 'lucide-react';
import { useTranslations } from 'next-intl';
import { cx } from '@/components/ui/class-names.ts';
import { useFigures } from './figures.ts';
import { BUSY_MS, type Verdict } from './outlook.ts';

const LOOKS = {
  go: { icon: CircleCheck, look: 'bg-ok-tint text-ok' },
  careful: { icon: TriangleAlert, look: 'bg-warn-tint text-warn' },
  stop: { icon: OctagonX, look: 'bg-bad-tint text-bad' },
};

export function VerdictNote({ verdict, capacity }: { verdict: Verdict; capacity: number | undefined }) {
  const t = useTranslations('ring.verdict');
  const { hint, why, id = '', factor, usersAfter = 0 } = verdict;
  const { icon: Icon, look } = LOOKS[hint];
  const values = {
    id,
    usersAfter,
    capacity: capacity ?? 0,
    busyMs: BUSY_MS,
    factor: factor ?? 1,
    code: (chunks: React.ReactNode) => <code className="break-all font-mono">{chunks}</code>,
  };
  return (
    <div className={cx('flex items-start gap-2 rounded-md px-3 py-2', look)}>
      <Icon aria-hidden size={16} className="mt-0.5 shrink-0" />
      <p className="min-w-0">
        <strong className="font-semibold">{t(`hint.${hint}`)}</strong> <span>{t.rich(`why.${why}`, values)}</span>
      </p>
    </div>
  );
}

/** What moves, in one sentence of figures. */
export function SimulationSummary({ simulation }: { simulation: SimulationView }) {
  const t = useTranslations('ring.totals');
  const figures = useFigures();
  return (
    <p>
      {t.rich('moves', {
        moved: figures.share(simulation.moved),
        stays: figures.share(1 - simulation.moved),
        users: simulation.users_moved,
        online: simulation.users_online,
        strong: (chunks) => <strong className="font-semibold">{chunks}</strong>,
      })}
    </p>
  );
}
