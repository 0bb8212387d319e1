'use client';
// Says that values are asked for instead of told while the stream is away.
import { Unplug } from 'lucide-react';
import { useTranslations } from 'next-intl';
import { useLive } from '@/lib/live.tsx';

export function StreamLost() {
  const t = useTranslations('overview');
  const { kind } = useLive().state;
  return (
    <div role="status">
      {kind === 'polling' && (
        <p className="flex items-center gap-2 rounded-lg bg-warn-tint px-4 py-2 text-warn">
          <Unplug aria-hidden size={15} className="shrink-0" />
          {t('streamLost')}
        </p>
      )}
    </div>
  );
}
