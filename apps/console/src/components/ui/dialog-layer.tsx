'use client';
// What a dialog shows; loaded when one is first opened.
import { Dialog as Base } from '@base-ui/react/dialog';
import { X } from 'lucide-react';
import { useTranslations } from 'next-intl';
import { IconButton } from './button.tsx';
import { cx } from './class-names.ts';
import type { DialogProps, DialogSize } from './dialog.tsx';

const SIZES: Record<DialogSize, string> = { small: 'max-w-md', medium: 'max-w-xl', large: 'max-w-4xl' };

export default function DialogLayer(props: DialogProps) {
  const { open, onOpenChange, title, description, size = 'small', footer, finalFocus, children } = props;
  const t = useTranslations('common');
  return (
    <Base.Root open={open} onOpenChange={onOpenChange}>
      <Base.Portal>
        <Base.Backdrop className="fade fixed inset-0 z-50 bg-black/40" />
        <Base.Viewport className="fixed inset-0 z-50 flex items-start justify-center overflow-y-auto p-3 pt-[8dvh] sm:p-6 sm:pt-[12dvh]">
          <Base.Popup
            className={cx('pop relative w-full data-nested-dialog-open:brightness-60', SIZES[size])}
            {...(finalFocus ? { finalFocus: () => !focused(finalFocus()) } : {})}
          >
            <div className="space-y-1 py-4 pr-14 pb-0 pl-5">
              <Base.Title className="break-words pt-1 font-semibold text-base">{title}</Base.Title>
              {description && <Base.Description className="text-muted">{description}</Base.Description>}
            </div>
            <div className="px-5 py-4">{children}</div>
            {footer && (
              <div className="flex flex-wrap justify-end gap-2 rounded-b-lg border-line border-t px-5 py-3">
                {footer}
              </div>
            )}
            {/* Last, so that the first field has the focus when it opens. */}
            <Base.Close render={<IconButton label={t('close')} className="absolute top-3.5 right-3" />}>
              <X aria-hidden size={16} />
            </Base.Close>
          </Base.Popup>
        </Base.Viewport>
      </Base.Portal>
    </Base.Root>
  );
}

/** Focuses it once the dialog lets go of the focus; the library itself would take the first button within it. */
function focused(element: HTMLElement | null): boolean {
  if (element !== null) requestAnimationFrame(() => element.focus());
  return element !== null;
}
