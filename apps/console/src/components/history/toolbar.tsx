'use client';
// What belongs to the whole list: which columns, how dense, and the file with everything that was found.
import { EXPORT_FORMATS } from '@message-push/protocol/admin/limits';
import { Columns3, Download } from 'lucide-react';
import { useTranslations } from 'next-intl';
import { Button, buttonClass } from '@/components/ui/button.tsx';
import { Checkbox } from '@/components/ui/checkbox.tsx';
import { Popover } from '@/components/ui/popover.tsx';
import { Segmented } from '@/components/ui/segmented.tsx';
import { exportUrl, type Filter } from '@/lib/messages.ts';
import { DENSITIES } from '@/lib/preferences.ts';
import { usePreferences } from '@/lib/use-preferences.tsx';
import { COLUMNS, type ColumnId } from './columns.tsx';

/** Without it a row says nothing. */
const ALWAYS: ColumnId = 'message';

export function ViewMenu({ hidden, onHidden }: { hidden: readonly ColumnId[]; onHidden(hidden: ColumnId[]): void }) {
  const t = useTranslations('messages');
  const { density, choose } = usePreferences();
  return (
    <Popover
      align="end"
      title={t('view')}
      trigger={<Button icon={<Columns3 aria-hidden size={15} />}>{t('view')}</Button>}
    >
      <div className="space-y-3">
        <div className="space-y-1.5">
          {COLUMNS.map((id) => (
            <Checkbox
              key={id}
              label={t(`column.${id}`)}
              checked={!hidden.includes(id)}
              disabled={id === ALWAYS}
              onChange={(shown) => onHidden(COLUMNS.filter((one) => (one === id ? !shown : hidden.includes(one))))}
            />
          ))}
        </div>
        <Segmented
          label={t('density.label')}
          value={density}
          onChange={(next) => choose('density', next)}
          options={DENSITIES.map((value) => ({ value, label: t(`density.${value}`) }))}
        />
      </div>
    </Popover>
  );
}

export function Export({ filter, enabled }: { filter: Filter; enabled: boolean }) {
  const t = useTranslations('messages');
  return (
    <Popover
      align="end"
      title={t('export')}
      trigger={
        <Button icon={<Download aria-hidden size={15} />} disabled={!enabled}>
          {t('export')}
        </Button>
      }
    >
      <div className="w-60 space-y-2">
        <p className="text-muted text-xs">{t('exportAbout')}</p>
        {EXPORT_FORMATS.map((format) => (
          <a key={format} href={exportUrl(filter, format)} download className={`${buttonClass()} w-full`}>
            {t(`exportAs.${format}`)}
          </a>
        ))}
      </div>
    </Popover>
  );
}
