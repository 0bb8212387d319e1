'use client';
// The history: search all messages, see when they were sent and what became of them, and look into each beside the list.
import { parseQuery } from '@message-push/protocol/admin/query-language';
import { useTranslations } from 'next-intl';
import { useState } from 'react';
import { PageHeader } from '@/components/ui/card.tsx';
import { ApiFailure } from '@/lib/api.ts';
import { useMessages } from '@/lib/messages.ts';
import { spanOf } from '@/lib/time-range.ts';
import { Clauses } from './clauses.tsx';
import { Facets } from './facets.tsx';
import { Histogram } from './histogram.tsx';
import { type Place, QueryBar } from './query-bar.tsx';
import { Results } from './results.tsx';
import { TimeRangePicker } from './time-range.tsx';
import { Export, ViewMenu } from './toolbar.tsx';
import { useSearch } from './use-search.ts';

export function HistoryPage() {
  const t = useTranslations('messages');
  const { search, filter, change, set } = useSearch();
  const [edit, setEdit] = useState<{ clause: string }>();
  const readable = parseQuery(filter.q).ok && spanOf(filter, Date.now()) !== undefined;
  const messages = useMessages(filter, readable);
  return (
    <div className="space-y-3">
      <PageHeader
        title={t('title')}
        description={t('about')}
        actions={
          <>
            <ViewMenu hidden={search.hide} onHidden={(hide) => void set({ hide })} />
            <Export filter={filter} enabled={readable} />
          </>
        }
      />
      <div className="flex flex-wrap items-start gap-2">
        <div className="flex min-w-64 flex-1 basis-96">
          <QueryBar
            q={filter.q}
            edit={edit}
            refused={refusedAt(filter.q, messages.error)}
            onApply={(q) => change({ q })}
          />
        </div>
        <div className="flex flex-wrap gap-2">
          <Facets q={filter.q} onChange={(q) => change({ q })} />
          <TimeRangePicker range={filter} onChange={(range) => change(range)} />
        </div>
      </div>
      <Clauses
        q={filter.q}
        off={search.off}
        onChange={(q, off) => change({ q, off })}
        onEdit={(clause) => setEdit({ clause })}
      />
      <Histogram
        filter={filter}
        enabled={readable}
        onRange={({ from, to }) => change({ from: String(from), to: String(to) })}
      />
      <Results
        filter={filter}
        messages={messages}
        readable={readable}
        drawer={search.m}
        tab={search.tab}
        hidden={search.hide}
        onDrawer={(m) => void set({ m })}
        onTab={(tab) => void set({ tab })}
        onSearch={change}
      />
    </div>
  );
}

/** Where the api found an error in the query: `details[0].path` is `q:<column from 0>`. */
function refusedAt(q: string, error: Error | null): (Place & { text: string }) | undefined {
  if (!(error instanceof ApiFailure)) return undefined;
  for (const { path, problem } of error.details) {
    const column = /^q:(\d+)$/.exec(path)?.[1];
    if (column === undefined) continue;
    const from = Number(column);
    const end = q.slice(from).search(/\s/);
    return { from, to: end === -1 ? q.length : from + end, text: problem };
  }
  return undefined;
}
