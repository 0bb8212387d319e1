'use client';
// Short news at the corner, read out politely; they leave by themselves, errors stay twice as long. F6 moves the focus to them.
import { Toast as Base } from '@base-ui/react/toast';
import { CircleAlert, CircleCheck, X } from 'lucide-react';
import { useTranslations } from 'next-intl';
import { IconButton } from './button.tsx';

const manager = Base.createToastManager();
const OK_MS = 5000;
const BAD_MS = 10_000;

/** `title` and `description` come from the catalogues. */
export const toast = {
  ok: (title: string, description?: string) => void manager.add({ title, description, type: 'ok', timeout: OK_MS }),
  bad: (title: string, description?: string) => void manager.add({ title, description, type: 'bad', timeout: BAD_MS }),
};

/** Once, around all pages. */
export function Toasts() {
  return (
    <Base.Provider toastManager={manager} limit={4}>
      <Base.Portal>
        <Base.Viewport className="fixed right-4 bottom-4 z-70 flex w-88 max-w-[calc(100vw-2rem)] flex-col gap-2">
          <List />
        </Base.Viewport>
      </Base.Portal>
    </Base.Provider>
  );
}

function List() {
  const t = useTranslations('common');
  const { toasts } = Base.useToastManager();
  return toasts.map((one) => (
    <Base.Root key={one.id} toast={one} swipeDirection={['right', 'down']} className="pop fade">
      <Base.Content className="flex items-start gap-2.5 py-2 pr-2 pl-3">
        {one.type === 'bad' ? (
          <CircleAlert aria-hidden size={16} className="mt-1.5 shrink-0 text-bad" />
        ) : (
          <CircleCheck aria-hidden size={16} className="mt-1.5 shrink-0 text-ok" />
        )}
        <div className="min-w-0 flex-1 break-words py-1">
          <Base.Title className="font-medium text-sm" />
          <Base.Description className="text-muted text-xs" />
        </div>
        <Base.Close render={<IconButton label={t('close')} size="small" />}>
          <X aria-hidden size={14} />
        </Base.Close>
      </Base.Content>
    </Base.Root>
  ));
}
