'use client';
import type { AuditRow } from '@message-push/protocol/admin';
// Who did what to what, newest first; a row opens what it changed.
import { EXPORT_FORMATS } from '@message-push/protocol/admin/limits';
import { Download } from 'lucide-react';
import { useTranslations } from 'next-intl';
import { useState } from 'react';
import { Button, buttonClass } from '@/components/ui/button.tsx';
import { Card, PageHeader } from '@/components/ui/card.tsx';
import type { Column } from '@/components/ui/columns.ts';
import { DataTable } from '@/components/ui/data-table.tsx';
import { EmptyState } from '@/components/ui/empty-state.tsx';
import { Loaded } from '@/components/ui/loaded.tsx';
import { SkeletonLines } from '@/components/ui/skeleton.tsx';
import { Time } from '@/components/ui/time.tsx';
import { auditExport, useAudit } from '@/lib/audit.ts';
import { ActionName } from './action-name.tsx';
import { differences } from './diff.ts';
import { Filters, useAuditFilter } from './filters.tsx';
import { RecordDrawer } from './record-drawer.tsx';

export function Audit() {
  const t = useTranslations('audit');
  const [filter] = useAuditFilter();
  return (
    <>
      <PageHeader
        title={t('title')}
        description={t('about')}
        actions={EXPORT_FORMATS.map((format) => (
          <a key={format} href={auditExport(filter, format)} download className={buttonClass()}>
            <Download aria-hidden size={14} />
            {t(`export.${format}`)}
          </a>
        ))}
      />
      <div className="space-y-3">
        <Filters />
        <List />
      </div>
    </>
  );
}

function List() {
  const t = useTranslations('audit');
  const [filter] = useAuditFilter();
  const audit = useAudit(filter);
  const [open, setOpen] = useState<AuditRow | null>(null);
  const columns = useColumns(setOpen);
  const filtered = Object.values(filter).some((value) => value !== '');
  return (
    <Card flush className={audit.isPlaceholderData ? 'opacity-60' : ''}>
      <Loaded
        query={audit}
        title={t('failed')}
        skeleton={
          <div className="p-4">
            <SkeletonLines lines={12} />
          </div>
        }
      >
        {({ pages }) => (
          <>
            <DataTable
              rows={pages.flatMap(({ rows }) => rows)}
              columns={columns}
              rowKey={({ id }) => id}
              label={t('title')}
              onRowPress={setOpen}
              isCurrent={({ id }) => id === open?.id}
              empty={
                filtered ? (
                  <EmptyState title={t('nothingFits')}>{t('nothingFitsWhy')}</EmptyState>
                ) : (
                  <EmptyState title={t('nothingYet')}>{t('nothingYetWhy')}</EmptyState>
                )
              }
            />
            {audit.hasNextPage && (
              <div className="flex justify-center border-line border-t p-3">
                <Button busy={audit.isFetchingNextPage} onClick={() => void audit.fetchNextPage()}>
                  {t('more')}
                </Button>
              </div>
            )}
          </>
        )}
      </Loaded>
      <RecordDrawer record={open} onClose={() => setOpen(null)} />
    </Card>
  );
}
function useColumns(onOpen: (row: AuditRow) => void): Column<AuditRow>[] {
  const t = useTranslations('audit');
  return [
    { id: 'at', header: t('when'), cell: ({ at }) => <Time at={at} show="stamp" plain className="text-muted" /> },
    {
      id: 'action',
      header: t('action'),
      cell: (row) => (
        <button type="button" onClick={() => onOpen(row)} className="rounded text-left hover:underline">
          <ActionName action={row.action} />
        </button>
      ),
    },
    { id: 'actor', header: t('actor'), wideOnly: true, cell: ({ actor }) => <Cut text={actor} /> },
    { id: 'target', header: t('target'), cell: ({ target }) => <Cut text={target} mono /> },
    {
      id: 'changed',
      header: t('changed'),
      wideOnly: true,
      cell: ({ before, after }) => (
        <Cut
          text={differences(before, after)
            .map(({ path }) => path)
            .join(', ')}
          muted
        />
      ),
    },
    { id: 'ip', header: t('address'), wideOnly: true, cell: ({ ip }) => <Cut text={ip} mono muted /> },
  ];
}

function Cut({ text, mono = false, muted = false }: { text: string; mono?: boolean; muted?: boolean }) {
  return (
    <span
      title={text}
      className={`inline-block max-w-56 truncate align-bottom ${mono ? 'font-mono text-[0.8125rem]' : ''} ${muted ? 'text-muted' : ''}`}
    >
      {text}
    </span>
  );
}
