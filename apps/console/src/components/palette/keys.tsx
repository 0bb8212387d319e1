'use client';
// The palette, the sheet of keys, and the buttons and keys that open them.
import { CircleQuestionMark, Search } from 'lucide-react';
import { useRouter } from 'next/navigation';
import { useTranslations } from 'next-intl';
import { lazy, Suspense, useState } from 'react';
import { NAV } from '@/components/shell/nav.ts';
import { IconButton } from '@/components/ui/button.tsx';
import { Kbd } from '@/components/ui/card.tsx';
import { useOnceOpen } from '@/components/ui/once-open.ts';
import { useCan } from '@/lib/session.ts';
import { useModKey, useShortcut } from '@/lib/shortcuts.tsx';
import { useKeepRecent } from './recent.ts';

const loadPalette = () => import('./palette.tsx');
const Palette = lazy(loadPalette);
const ShortcutSheet = lazy(() => import('./shortcut-sheet.tsx'));

export function PaletteAndHelp() {
  const t = useTranslations('shell');
  const mod = useModKey();
  const [layer, setLayer] = useState<'palette' | 'help' | null>(null);
  const opens = (which: 'palette' | 'help') => (open: boolean) => setLayer(open ? which : null);
  const paletteWanted = useOnceOpen(layer === 'palette');
  const helpWanted = useOnceOpen(layer === 'help');
  useShortcut('mod+k', () => setLayer(layer === 'palette' ? null : 'palette'));
  useShortcut('?', () => setLayer('help'));
  useShortcut('/', () => {
    // The page's own search when it has one.
    const search = document.querySelector<HTMLElement>('main [type="search"], main [data-search]');
    if (search === null) setLayer('palette');
    else search.focus();
  });
  useKeepRecent();
  return (
    <>
      <button
        type="button"
        onClick={() => setLayer('palette')}
        onPointerEnter={loadPalette}
        className="mr-1 flex h-8 w-60 items-center gap-2 rounded-md border border-line bg-surface px-2.5 text-muted hover:border-line-strong hover:text-text max-xl:hidden"
      >
        <Search aria-hidden size={14} />
        <span className="flex-1 truncate text-left">{t('search')}</span>
        <Kbd>{t('paletteKey', { mod })}</Kbd>
      </button>
      <IconButton label={t('search')} onClick={() => setLayer('palette')} className="xl:hidden">
        <Search aria-hidden size={16} />
      </IconButton>
      <IconButton label={t('help')} onClick={() => setLayer('help')} className="max-sm:hidden">
        <CircleQuestionMark aria-hidden size={16} />
      </IconButton>
      <Suspense>
        {paletteWanted && (
          <Palette open={layer === 'palette'} onOpenChange={opens('palette')} openHelp={() => setLayer('help')} />
        )}
      </Suspense>
      <Suspense>{helpWanted && <ShortcutSheet open={layer === 'help'} onOpenChange={opens('help')} />}</Suspense>
      {NAV.flatMap(({ items }) => items).map((item) => (
        <GoTo key={item.go} {...item} />
      ))}
    </>
  );
}

function GoTo({ go, href, needs }: (typeof NAV)[number]['items'][number]) {
  const router = useRouter();
  const can = useCan();
  useShortcut(`g ${go}`, () => router.push(href), can(needs));
  return null;
}
