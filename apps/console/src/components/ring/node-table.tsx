'use client';
// All nodes with their figures: the words behind the picture, and the way to each node and to its drain.
import type { NodeRow, RingView } from '@message-push/protocol/admin';
import { useTranslations } from 'next-intl';
import { useState } from 'react';
import { NodeStateBadge } from '@/components/ui/badge.tsx';
import { Button } from '@/components/ui/button.tsx';
import { Card } from '@/components/ui/card.tsx';
import { cx } from '@/components/ui/class-names.ts';
import type { Column, Sort } from '@/components/ui/columns.ts';
import { DataTable } from '@/components/ui/data-table.tsx';
import { Input } from '@/components/ui/input.tsx';
import { useCan } from '@/lib/session.ts';
import { DrainDialog } from './drain-dialog.tsx';
import { TakeBack } from './drain-progress.tsx';
import { type Figures, useFigures } from './figures.ts';
import { NodeName } from './node-name.tsx';
import { skewOf } from './outlook.ts';

/** Rows before "Show all"; with more than that there is a filter. */
const SHOWN = 20;
/** A share this far off its ideal is worth a look. */
const SKEWED = 0.25;

type Value = (node: NodeRow) => number | string;
const VALUES: Record<string, Value> = {
  node: ({ id }) => id,
  state: ({ state }) => state,
  users: ({ uids }) => uids,
  sessions: ({ sessions }) => sessions,
  share: ({ share }) => share,
  rate: ({ deliveries_per_s }) => deliveries_per_s,
  lag: ({ event_loop_p99_ms }) => event_loop_p99_ms,
  memory: ({ rss_bytes }) => rss_bytes,
  uptime: ({ uptime_s }) => uptime_s,
};

export function NodeTable({ ring, colours }: { ring: RingView; colours: ReadonlyMap<string, number> }) {
  const t = useTranslations('ring.table');
  const [sort, setSort] = useState<Sort>({ column: 'node', direction: 'ascending' });
  const [filter, setFilter] = useState('');
  const [all, setAll] = useState(false);
  const [drained, setDrained] = useState<NodeRow>();
  const columns = useColumns(ring, colours, setDrained);
  const { nodes } = ring;
  const many = nodes.length > SHOWN;
  const wanted = filter.trim().toLowerCase();
  const found = nodes.filter(({ id, address, zone = '', state }) =>
    `${id}\n${address}\n${zone}\n${state}`.toLowerCase().includes(wanted),
  );
  const rows = sorted(found, sort);
  return (
    <Card
      flush
      title={t('title')}
      note={
        many && wanted !== ''
          ? t('found', { found: found.length, all: nodes.length })
          : t('count', { count: nodes.length })
      }
      actions={
        many && (
          <Input
            type="search"
            value={filter}
            onChange={(event) => setFilter(event.target.value)}
            aria-label={t('filter')}
            placeholder={t('filter')}
            className="h-8 w-56"
          />
        )
      }
    >
      <DataTable
        label={t('label')}
        rows={all ? rows : rows.slice(0, SHOWN)}
        columns={columns}
        rowKey={({ id }) => id}
        sort={sort}
        onSort={setSort}
        isDimmed={({ problem }) => problem !== undefined}
        empty={<p className="px-4 py-6 text-center text-muted">{t('nothingFound')}</p>}
      />
      {!all && rows.length > SHOWN && (
        <div className="border-line border-t px-4 py-2">
          <Button kind="quiet" onClick={() => setAll(true)}>
            {t('showAll', { count: rows.length })}
          </Button>
        </div>
      )}
      {drained && (
        <DrainDialog
          key={drained.id}
          node={drained}
          ring={ring}
          colours={colours}
          open
          onOpenChange={(open) => !open && setDrained(undefined)}
        />
      )}
    </Card>
  );
}

function sorted(nodes: readonly NodeRow[], { column, direction }: Sort): NodeRow[] {
  const value = VALUES[column] ?? (({ id }) => id);
  const sign = direction === 'ascending' ? 1 : -1;
  return nodes.toSorted((a, b) => {
    const [x, y] = [value(a), value(b)];
    return x === y ? (a.id < b.id ? -1 : 1) : (x < y ? -1 : 1) * sign;
  });
}

function useColumns(
  ring: RingView,
  colours: ReadonlyMap<string, number>,
  onDrain: (node: NodeRow) => void,
): Column<NodeRow>[] {
  const t = useTranslations('ring.table');
  const figures = useFigures();
  const can = useCan();
  /** A node that is silent has no figures: its zeros would be lies. */
  const figure = (id: string, show: (node: NodeRow) => React.ReactNode): Column<NodeRow> => ({
    id,
    header: t(`column.${id as 'users'}`), // one of the keys of VALUES, all in the catalogue
    align: 'end',
    sortable: true,
    cell: (node) => <span className="whitespace-nowrap">{node.problem === undefined ? show(node) : '–'}</span>,
  });
  const actions: Column<NodeRow> = {
    id: 'actions',
    header: <span className="sr-only">{t('column.actions')}</span>,
    align: 'end',
    cell: (node) => (
      <Order
        node={node}
        lone={ring.nodes.every(({ id, state }) => id === node.id || state === 'draining')}
        onDrain={onDrain}
      />
    ),
  };
  return [
    {
      id: 'node',
      header: t('column.node'),
      sortable: true,
      cell: (node) => <Name node={node} ring={ring} colour={colours.get(node.id)} />,
    },
    {
      id: 'state',
      header: t('column.state'),
      sortable: true,
      cell: ({ state, problem, heard_ms }) => (
        <span title={problem} className="inline-block leading-tight">
          <NodeStateBadge state={state} />
          {heard_ms !== undefined && (
            <span className="block whitespace-nowrap text-muted text-xs">
              {t('heardAgo', { age: figures.duration(heard_ms / 1_000) })}
            </span>
          )}
        </span>
      ),
    },
    figure('users', ({ uids }) => figures.count(uids)),
    figure('sessions', ({ sessions }) => figures.count(sessions)),
    {
      id: 'share',
      header: t('column.share'),
      align: 'end',
      sortable: true,
      cell: (node) => <Share node={node} ring={ring} figures={figures} />,
    },
    figure('rate', ({ deliveries_per_s }) => figures.rate(deliveries_per_s)),
    figure('lag', ({ event_loop_p99_ms }) => figures.ms(event_loop_p99_ms)),
    figure('memory', ({ rss_bytes }) => figures.bytes(rss_bytes)),
    {
      id: 'links',
      header: t('column.links'),
      align: 'end',
      cell: ({ linked_gateways, gateways }) => (
        <span className={cx('whitespace-nowrap', linked_gateways < gateways && 'font-medium text-warn')}>
          {t('links', { linked: linked_gateways, gateways })}
        </span>
      ),
    },
    figure('uptime', ({ uptime_s }) => figures.duration(uptime_s)),
    ...(can('drain') ? [actions] : []),
  ];
}

/** The name, and below it where it stands and what it runs. */
function Name({ node, ring, colour }: { node: NodeRow; ring: RingView; colour: number | undefined }) {
  const t = useTranslations('ring.table');
  const { id, address, zone, version, ring_version } = node;
  const about = [address === id ? undefined : address, zone, version].filter((text) => text !== undefined).join(' · ');
  return (
    <div className="max-w-48 leading-tight">
      <NodeName id={id} colour={colour} />
      <div className="flex gap-1.5 pl-4.5 text-muted text-xs leading-tight">
        <span title={about} className="truncate">
          {about}
        </span>
        {ring_version < ring.version && (
          <span className="shrink-0 text-warn">{t('oldRing', { version: ring_version })}</span>
        )}
      </div>
    </div>
  );
}

/** Its share, and how far that is off what its weight gives it. */
function Share({ node, ring, figures }: { node: NodeRow; ring: RingView; figures: Figures }) {
  const t = useTranslations('ring.table');
  const skew = skewOf(node, ring.nodes);
  return (
    <span className="inline-block whitespace-nowrap leading-tight">
      {figures.share(node.share)}
      {skew !== undefined && (
        <span
          title={t('skew')}
          className={cx(
            'block text-xs leading-tight',
            Math.abs(skew) > SKEWED ? 'font-medium text-warn' : 'text-muted',
          )}
        >
          {figures.change(skew)}
        </span>
      )}
    </span>
  );
}

function Order({ node, lone, onDrain }: { node: NodeRow; lone: boolean; onDrain(node: NodeRow): void }) {
  const t = useTranslations('ring.table');
  if (node.state === 'draining') return <TakeBack id={node.id} inRow />;
  return (
    <Button
      size="small"
      aria-label={t('drainNode', { id: node.id })}
      title={lone ? t('loneNode') : undefined}
      disabled={lone}
      onClick={() => onDrain(node)}
    >
      {t('drain')}
    </Button>
  );
}
