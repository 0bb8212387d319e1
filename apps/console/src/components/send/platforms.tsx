'use client';
import { PLATFORMS, type Platform } from '@message-push/protocol/limits';
// Which platforms a message is for: all, or any of three.
import { useTranslations } from 'next-intl';
import { cx } from '@/components/ui/class-names.ts';

export function Platforms({ value, onChange }: { value: Platform[]; onChange(value: Platform[]): void }) {
  const t = useTranslations('send');

  function toggle(platform: Platform) {
    const next = PLATFORMS.filter((known) => (known === platform) !== value.includes(known));
    onChange(next.length === PLATFORMS.length ? [] : next);
  }

  return (
    <fieldset className="min-w-0">
      <legend className="mb-1 font-medium text-sm">{t('platform')}</legend>
      <div className="inline-flex max-w-full flex-wrap rounded-md border border-line bg-sunken p-0.5">
        <Choice pressed={value.length === 0} onPress={() => onChange([])}>
          {t('platforms.all')}
        </Choice>
        {PLATFORMS.map((platform) => (
          <Choice key={platform} pressed={value.includes(platform)} onPress={() => toggle(platform)}>
            {t(`platforms.${platform}`)}
          </Choice>
        ))}
      </div>
      <p className="mt-1 text-muted text-xs">{t('platformHint')}</p>
    </fieldset>
  );
}

function Choice({ pressed, onPress, children }: { pressed: boolean; onPress(): void; children: string }) {
  return (
    <button
      type="button"
      aria-pressed={pressed}
      onClick={onPress}
      className={cx(
        'h-7.5 rounded px-2.5 font-medium text-xs',
        pressed
          ? 'bg-surface text-text shadow-[0_0_0_1px_var(--line-strong)] forced-color-adjust-none forced-colors:bg-[Highlight] forced-colors:text-[HighlightText]'
          : 'text-muted hover:text-text',
      )}
    >
      {children}
    </button>
  );
}
