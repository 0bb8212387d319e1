'use client';
// One message beside the list: its facts, its recipients, its way and its JSON. J and K walk on through the list.
import type { MessageRow } from '@message-push/protocol/admin';
import { ChevronDown, ChevronUp, ExternalLink } from 'lucide-react';
import { useTranslations } from 'next-intl';
import { useState } from 'react';
import { Recipients } from '@/components/trace/recipients.tsx';
import { StatusSentence } from '@/components/trace/status-sentence.tsx';
import { Summary } from '@/components/trace/summary.tsx';
import { WayBody } from '@/components/trace/way.tsx';
import { IconButton, LinkButton } from '@/components/ui/button.tsx';
import { CodeBlock } from '@/components/ui/code-block.tsx';
import { Drawer } from '@/components/ui/drawer.tsx';
import { EmptyState } from '@/components/ui/empty-state.tsx';
import { SkeletonLines } from '@/components/ui/skeleton.tsx';
import { ErrorState } from '@/components/ui/states.tsx';
import { Tabs } from '@/components/ui/tabs.tsx';
import { useProgress } from '@/lib/progress.ts';
import { useShortcut } from '@/lib/shortcuts.tsx';
import type { DrawerTab } from './drawer-tabs.ts';

export interface MessageDrawerProps {
  /** The message, null when closed. */
  id: string | null;
  /** As the list knows it. */
  known: MessageRow | undefined;
  tab: DrawerTab;
  onTab(tab: DrawerTab): void;
  onClose(): void;
  /** To the next (1) or previous (-1) row; undefined at the end. */
  onStep: ((step: 1 | -1) => void) | undefined;
}

export default function MessageDrawer({ id, known, tab, onTab, onClose, onStep }: MessageDrawerProps) {
  const t = useTranslations('messages.drawer');
  useShortcut('j', () => onStep?.(1), id !== null);
  useShortcut('k', () => onStep?.(-1), id !== null);
  return (
    <Drawer
      open={id !== null}
      onOpenChange={(open) => !open && onClose()}
      modal={false}
      title={<bdi>{known?.message.title || known?.message.content || t('title')}</bdi>}
      actions={
        <>
          <IconButton size="small" label={t('previous')} onClick={() => onStep?.(-1)}>
            <ChevronUp aria-hidden size={15} />
          </IconButton>
          <IconButton size="small" label={t('next')} onClick={() => onStep?.(1)}>
            <ChevronDown aria-hidden size={15} />
          </IconButton>
          {id !== null && (
            <LinkButton size="small" href={`/messages/${id}`} icon={<ExternalLink aria-hidden size={13} />}>
              {t('openTrace')}
            </LinkButton>
          )}
        </>
      }
    >
      {id !== null && <Body key={id} id={id} known={known} tab={tab} onTab={onTab} />}
    </Drawer>
  );
}

function Body({ id, known, tab, onTab }: Pick<MessageDrawerProps, 'known' | 'tab' | 'onTab'> & { id: string }) {
  const t = useTranslations('messages.drawer');
  const { message: asked, deliveries, everyMs } = useProgress(id, known);
  const message = known ?? asked.data;
  const [chosen, setChosen] = useState<string>();
  const rows = deliveries.data ?? [];
  const uid = rows.find((row) => row.uid === chosen)?.uid ?? rows[0]?.uid;

  if (message === null) return <EmptyState title={t('gone')}>{t('goneWhy')}</EmptyState>;
  if (message === undefined) {
    if (asked.error) return <ErrorState error={asked.error} onRetry={() => void asked.refetch()} />;
    return (
      <div className="p-4">
        <SkeletonLines lines={6} />
      </div>
    );
  }
  return (
    <div className="space-y-3 p-4">
      {deliveries.error && rows.length === 0 ? (
        <ErrorState
          error={deliveries.error}
          onRetry={() => void deliveries.refetch()}
          retrying={deliveries.isFetching}
        />
      ) : (
        <p className="text-muted">
          <StatusSentence rows={rows} since={message.c_time} />
        </p>
      )}
      <Tabs
        label={t('title')}
        value={tab}
        onChange={onTab}
        tabs={[
          { value: 'summary', label: t('summary'), content: <Summary message={message} /> },
          {
            value: 'recipients',
            label: t('recipients'),
            content: (
              <div className="-mx-4 border-line border-y">
                <Recipients rows={rows} since={message.c_time} chosen={uid} onChoose={setChosen} />
              </div>
            ),
          },
          {
            value: 'trace',
            label: t('trace'),
            content: (
              <div className="-mx-4 border-line border-y">
                <WayBody id={id} uid={uid} everyMs={everyMs} view="lanes" scale="linear" />
              </div>
            ),
          },
          {
            value: 'json',
            label: 'JSON',
            content: (
              <CodeBlock code={JSON.stringify({ message, deliveries: rows }, null, 2)} what="JSON" language="json" />
            ),
          },
        ]}
      />
    </div>
  );
}
