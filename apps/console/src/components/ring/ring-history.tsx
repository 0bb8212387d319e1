'use client';
// What happened to the ring: for each node when it was up, draining or away, and each change with what it moved.
import type { RingChangeView } from '@message-push/protocol/admin';
import { LogIn, LogOut, MinusCircle, Undo2 } from 'lucide-react';
import { useTranslations } from 'next-intl';
import { type ReactNode, useState } from 'react';
import { Button } from '@/components/ui/button.tsx';
import { Card } from '@/components/ui/card.tsx';
import { cx } from '@/components/ui/class-names.ts';
import type { Column } from '@/components/ui/columns.ts';
import { DataTable } from '@/components/ui/data-table.tsx';
import { Loaded } from '@/components/ui/loaded.tsx';
import { Skeleton } from '@/components/ui/skeleton.tsx';
import { Time } from '@/components/ui/time.tsx';
import { useNow } from '@/lib/now.ts';
import { useRingHistory } from '@/lib/ring.ts';
import { useFigures } from './figures.ts';
import { nodeColour } from './node-look.tsx';
import { NodeName } from './node-name.tsx';
import { type Lane, lanesOf, returned } from './timeline.ts';

const LANES = 12;
const CHANGES = 8;

export function RingHistory({ colours }: { colours: ReadonlyMap<string, number> }) {
  const t = useTranslations('ring.history');
  const query = useRingHistory();
  return (
    <Card flush title={t('title')} note={t('note')}>
      <Loaded
        query={query}
        skeleton={<Skeleton className="m-4 h-40" />}
        title={t('failed')}
        stillWorks={t('stillWorks')}
      >
        {(changes) =>
          changes.length === 0 ? (
            <p className="p-4 text-muted">{t('none')}</p>
          ) : (
            <>
              <Lanes changes={changes} colours={colours} />
              <Changes changes={changes} colours={colours} />
            </>
          )
        }
      </Loaded>
    </Card>
  );
}

function Lanes({ changes, colours }: { changes: readonly RingChangeView[]; colours: ReadonlyMap<string, number> }) {
  const t = useTranslations('ring.history');
  const now = useNow();
  const [all, setAll] = useState(false);
  const oldest = changes.at(-1)?.at ?? 0;
  const lanes = lanesOf(changes, now || (changes[0]?.at ?? 0) + 1);
  return (
    <div className="border-line border-b px-4 py-3">
      <ul aria-label={t('lanes')} className="space-y-1">
        {(all ? lanes : lanes.slice(0, LANES)).map((lane) => (
          <LaneRow key={lane.id} lane={lane} colours={colours} />
        ))}
      </ul>
      <div aria-hidden="true" className="mt-1.5 flex justify-between pl-[min(14rem,38%)] text-faint text-xs">
        <Time at={oldest} plain />
        <span>{t('now')}</span>
      </div>
      <div className="mt-2 flex flex-wrap items-center gap-x-4 gap-y-1 text-muted text-xs">
        <span className="inline-flex items-center gap-1.5">
          <span aria-hidden className="h-2 w-5 rounded-xs bg-c1" /> {t('up')}
        </span>
        <span className="inline-flex items-center gap-1.5">
          <span aria-hidden className={`h-2 w-5 rounded-xs ${DRAINING}`} /> {t('draining')}
        </span>
        <span className="inline-flex items-center gap-1.5">
          <span aria-hidden className="h-2 w-5 rounded-xs border border-field border-dashed" /> {t('away')}
        </span>
        {!all && lanes.length > LANES && (
          <Button size="small" kind="quiet" onClick={() => setAll(true)} className="ml-auto">
            {t('allNodes', { count: lanes.length })}
          </Button>
        )}
      </div>
    </div>
  );
}

const DRAINING =
  'bg-[repeating-linear-gradient(135deg,var(--note)_0_3px,var(--note-tint)_3px_6px)] ring-1 ring-note ring-inset';

function LaneRow({ lane, colours }: { lane: Lane; colours: ReadonlyMap<string, number> }) {
  const t = useTranslations('ring.history');
  const { id, stretches, present, changes } = lane;
  const colour = colours.get(id);
  const state = present ? (stretches.at(-1)?.state ?? 'up') : 'away';
  return (
    <li className="relative flex items-center gap-3">
      <span className="w-[min(13rem,36%)] shrink-0">
        <NodeName id={id} colour={colour} link={present} />
      </span>
      <span className="sr-only">{t('lane', { state, changes })}</span>
      <span aria-hidden className="relative h-3 min-w-0 flex-1 rounded-xs border border-field border-dashed">
        {stretches.map(({ state: was, from, to, since }) => (
          <span
            key={since}
            style={{
              left: `${from * 100}%`,
              width: `max(3px, ${(to - from) * 100}%)`,
              ...(was === 'up' && { background: colour === undefined ? 'var(--field)' : nodeColour(colour) }),
            }}
            className={cx('-inset-y-px absolute rounded-xs', was === 'draining' && DRAINING)}
          />
        ))}
      </span>
    </li>
  );
}

function Changes(props: { changes: readonly RingChangeView[]; colours: ReadonlyMap<string, number> }) {
  const { changes, colours } = props;
  const t = useTranslations('ring.history');
  const figures = useFigures();
  const [all, setAll] = useState(false);
  const before = new Map(changes.map(({ version }, i) => [version, changes[i + 1]]));
  const columns: Column<RingChangeView>[] = [
    {
      id: 'version',
      header: t('column.version'),
      cell: ({ version }) => figures.count(version),
      align: 'end',
      width: '5rem',
    },
    { id: 'at', header: t('column.at'), cell: ({ at }) => <Time at={at} />, width: '8rem' },
    {
      id: 'what',
      header: t('column.what'),
      cell: (change) => <What change={change} before={before.get(change.version)} colours={colours} />,
    },
    {
      id: 'moved',
      header: t('column.moved'),
      align: 'end',
      cell: ({ moved }) => (moved === undefined ? '–' : figures.share(moved)),
    },
    {
      id: 'nodes',
      header: t('column.nodes'),
      align: 'end',
      wideOnly: true,
      cell: ({ nodes }) => figures.count(nodes.length),
    },
    { id: 'cause', header: t('column.cause'), wideOnly: true, cell: ({ cause }) => <Cause text={cause} /> },
  ];
  return (
    <>
      <DataTable
        label={t('changes')}
        rows={all ? changes : changes.slice(0, CHANGES)}
        columns={columns}
        rowKey={({ version }) => String(version)}
      />
      {!all && changes.length > CHANGES && (
        <div className="border-line border-t px-4 py-2">
          <Button kind="quiet" onClick={() => setAll(true)}>
            {t('allChanges', { count: changes.length })}
          </Button>
        </div>
      )}
    </>
  );
}

/** In the words of the gateway that wrote the version. */
function Cause({ text }: { text: string }) {
  return (
    <span lang="en" title={text} className="inline-block max-w-80 truncate align-bottom text-muted text-xs">
      {text}
    </span>
  );
}

function What(props: {
  change: RingChangeView;
  before: RingChangeView | undefined;
  colours: ReadonlyMap<string, number>;
}) {
  const { change, before, colours } = props;
  const t = useTranslations('ring.history');
  const parts: { kind: 'joined' | 'left' | 'drains' | 'returned'; ids: readonly string[]; icon: ReactNode }[] = [
    { kind: 'joined', ids: change.joined, icon: <LogIn aria-hidden size={14} className="text-ok" /> },
    { kind: 'left', ids: change.left, icon: <MinusCircle aria-hidden size={14} className="text-bad" /> },
    { kind: 'drains', ids: change.draining, icon: <LogOut aria-hidden size={14} className="text-note" /> },
    { kind: 'returned', ids: returned(change, before), icon: <Undo2 aria-hidden size={14} className="text-ok" /> },
  ];
  const told = parts.filter(({ ids }) => ids.length > 0);
  if (told.length === 0) return <span className="text-muted">{t('noMembers')}</span>;
  return told.map(({ kind, ids, icon }) => (
    <span key={kind} className="mr-3 inline-flex max-w-full items-center gap-1.5">
      {icon}
      <span className="whitespace-nowrap">{t(kind, { count: ids.length })}</span>
      {ids.slice(0, 2).map((id) => (
        <NodeName key={id} id={id} colour={colours.get(id)} link={colours.has(id)} />
      ))}
      {ids.length > 2 && <span title={ids.join('\n')}>{t('more', { count: ids.length - 2 })}</span>}
    </span>
  ));
}
