'use client';
// What a drawer shows; loaded when one is first opened.
import { Dialog as Base } from '@base-ui/react/dialog';
import { X } from 'lucide-react';
import { useTranslations } from 'next-intl';
import { useRef } from 'react';
import { IconButton } from './button.tsx';
import { cx } from './class-names.ts';
import type { DrawerProps } from './drawer.tsx';

const SIDES = {
  right: 'right-0 border-l w-full sm:max-w-2xl data-starting-style:translate-x-6 data-ending-style:translate-x-6',
  left: 'left-0 border-r w-72 max-w-[85vw] data-starting-style:-translate-x-6 data-ending-style:-translate-x-6',
};

export default function DrawerLayer({
  open,
  onOpenChange,
  title,
  actions,
  side = 'right',
  modal = true,
  children,
}: DrawerProps) {
  const t = useTranslations('common');
  const popup = useRef<HTMLDivElement>(null);
  return (
    <Base.Root open={open} onOpenChange={onOpenChange} modal={modal} disablePointerDismissal={!modal}>
      <Base.Portal>
        {modal && <Base.Backdrop className="fade fixed inset-0 z-50 bg-black/40" />}
        <Base.Popup
          ref={popup}
          // Beside a list the keys stay with its rows.
          initialFocus={modal ? popup : false}
          className={cx(
            'fade fixed inset-y-0 z-50 flex outline-none flex-col border-line bg-surface shadow-pop transition-[opacity,transform]',
            SIDES[side],
          )}
        >
          <div className="flex min-h-13 items-center gap-2 border-line border-b px-4 py-2">
            <Base.Title className="min-w-0 flex-1 truncate font-semibold text-sm">{title}</Base.Title>
            {actions}
            <Base.Close render={<IconButton label={t('close')} />}>
              <X aria-hidden size={16} />
            </Base.Close>
          </div>
          <div className="min-h-0 flex-1 overflow-y-auto overscroll-contain">{children}</div>
        </Base.Popup>
      </Base.Portal>
    </Base.Root>
  );
}
