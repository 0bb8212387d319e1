'use client';
// A screen with the message on it, about as the three platforms show one. Only an idea: what an app does with it is the app's.
import type { Platform } from '@message-push/protocol/limits';
import { BellRing } from 'lucide-react';
import { useTranslations } from 'next-intl';
import { cx } from '@/components/ui/class-names.ts';
import type { Draft } from '@/lib/push-draft.ts';

const FRAMES: Record<Platform, string> = {
  h5: 'max-w-md rounded-lg border',
  android: 'max-w-72 rounded-3xl border-4',
  ios: 'max-w-72 rounded-[2.25rem] border-4',
};

export function Screen({ draft, platform, dark }: { draft: Draft; platform: Platform; dark: boolean }) {
  const t = useTranslations('send.preview');
  return (
    <div
      className={cx(
        'mx-auto w-full overflow-hidden border-line-strong bg-linear-to-b',
        dark ? 'dark from-[#20242c] to-[#14181d] text-[#eceff3]' : 'light from-[#e6ebf5] to-[#f5f7fb] text-[#14171b]',
        FRAMES[platform],
      )}
    >
      <Top platform={platform} />
      <div className={cx('min-h-72 space-y-3 p-3', platform === 'h5' && 'flex flex-col items-end')}>
        <div
          className={cx(
            'w-full border p-3 shadow-sm',
            platform === 'h5' ? 'max-w-72 rounded-md' : platform === 'android' ? 'rounded-3xl' : 'rounded-2xl',
            dark ? 'border-[#3b4450] bg-[#242a33]' : 'border-[#dfe3ea] bg-white',
          )}
        >
          <div className={cx('flex items-center gap-1.5 text-[0.6875rem]', dark ? 'text-[#a5afbc]' : 'text-[#565e6a]')}>
            <BellRing aria-hidden size={12} />
            <span className="min-w-0 flex-1 truncate">{draft.app || t('yourApp')}</span>
            <span>{t('now')}</span>
          </div>
          {draft.title !== '' && (
            <p dir="auto" className="wrap-anywhere mt-1.5 line-clamp-2 font-semibold text-[0.8125rem]">
              {draft.title}
            </p>
          )}
          <p
            dir="auto"
            className={cx(
              'wrap-anywhere mt-1 line-clamp-6 whitespace-pre-wrap text-[0.8125rem]',
              draft.content === '' && (dark ? 'text-[#919ba9]' : 'text-[#646c79]'),
            )}
          >
            {draft.content || t('empty')}
          </p>
        </div>
      </div>
    </div>
  );
}

function Top({ platform }: { platform: Platform }) {
  if (platform === 'h5') {
    return (
      <div aria-hidden className="flex items-center gap-1.5 border-black/10 border-b bg-black/5 px-3 py-2">
        {['bg-[#f2685f]', 'bg-[#f6be4f]', 'bg-[#62c554]'].map((colour) => (
          <span key={colour} className={cx('size-2.5 rounded-full', colour)} />
        ))}
        <span className="ml-2 h-4 flex-1 rounded-full bg-black/10" />
      </div>
    );
  }
  return (
    <div aria-hidden className="flex items-center justify-between px-5 py-2 font-medium text-[0.6875rem]">
      <span>9:41</span>
      {platform === 'ios' && <span className="h-4 w-16 rounded-full bg-black" />}
      <span className="flex gap-1">
        <span className="h-2 w-3 rounded-xs bg-current opacity-60" />
        <span className="h-2 w-4 rounded-xs bg-current" />
      </span>
    </div>
  );
}
