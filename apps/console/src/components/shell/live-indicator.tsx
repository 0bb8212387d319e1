'use client';
// Says whether what one sees is live, and switches it: the pause for everything that moves.
import { CirclePause, LoaderCircle, Radio, RotateCw } from 'lucide-react';
import { useTranslations } from 'next-intl';
import { cx } from '@/components/ui/class-names.ts';
import { Tooltip } from '@/components/ui/tooltip.tsx';
import { useLive } from '@/lib/live.tsx';
import { useNow } from '@/lib/now.ts';
import { useShortcut } from '@/lib/shortcuts.tsx';
import type { LiveState } from '@/lib/stream/live-stream.ts';

const LOOKS = {
  connecting: { icon: LoaderCircle, colour: 'text-muted' },
  live: { icon: Radio, colour: 'text-ok' },
  paused: { icon: CirclePause, colour: 'text-muted' },
  reconnecting: { icon: RotateCw, colour: 'text-warn' },
  polling: { icon: RotateCw, colour: 'text-warn' },
};

export function LiveIndicator() {
  const t = useTranslations('shell.live');
  const { state, toggle } = useLive();
  useShortcut('l', toggle);
  const text = useStateText(state);
  const { icon: Icon, colour } = LOOKS[state.kind];
  const about =
    state.kind === 'paused'
      ? t('resume')
      : state.kind === 'live' || state.kind === 'connecting'
        ? t('pause')
        : t('retrying');
  return (
    <Tooltip text={about}>
      <button
        type="button"
        aria-pressed={state.kind !== 'paused'}
        onClick={toggle}
        className={cx(
          'inline-flex h-7 items-center gap-1.5 whitespace-nowrap rounded-full border border-line bg-surface px-2.5 font-medium text-xs hover:bg-hover',
          colour,
        )}
      >
        <Icon aria-hidden size={13} />
        <span className="sr-only">{t('title')}</span>
        <span className="max-sm:sr-only">{text}</span>
      </button>
    </Tooltip>
  );
}

function useStateText(state: LiveState): string {
  const t = useTranslations('shell.live');
  const now = useNow(state.kind === 'reconnecting');
  if (state.kind !== 'reconnecting') return t(state.kind);
  return t('reconnecting', { seconds: Math.max(1, Math.ceil((state.at - now) / 1000)) });
}

/** Says so across the page when live updates are gone for longer. */
export function LostBanner() {
  const t = useTranslations('shell');
  const { state } = useLive();
  return (
    <div role="status">
      {state.kind === 'polling' && (
        <p className="flex items-center gap-2 border-line border-b bg-warn-tint px-3 py-1.5 text-warn text-xs md:px-6">
          <RotateCw aria-hidden size={13} className="shrink-0" />
          {t('lost')}
        </p>
      )}
    </div>
  );
}
