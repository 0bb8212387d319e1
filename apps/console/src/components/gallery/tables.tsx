'use client';
// A plain and a virtual table over the same columns.
import { useTranslations } from 'next-intl';
import { useState } from 'react';
import { StatusBadge } from '@/components/ui/badge.tsx';
import { Card } from '@/components/ui/card.tsx';
import type { Column, Sort } from '@/components/ui/columns.ts';
import { DataTable } from '@/components/ui/data-table.tsx';
import { Uid } from '@/components/ui/ids.tsx';
import { VirtualTable } from '@/components/ui/virtual-table.tsx';

interface Row {
  id: string;
  ms: number;
}

const MANY = 10_000;
const ROWS: Row[] = Array.from({ length: MANY }, (_, index) => ({
  id: String(57_000_000 + index),
  ms: (index * 37) % 997,
}));

export function Tables() {
  const t = useTranslations('gallery');
  const [sort, setSort] = useState<Sort>({ column: 'id', direction: 'ascending' });
  const [current, setCurrent] = useState<string | null>(null);
  const columns: Column<Row>[] = [
    { id: 'id', header: t('word'), cell: ({ id }) => <Uid uid={id} />, sortable: true, width: 'minmax(7rem,1fr)' },
    { id: 'status', header: t('word'), cell: () => <StatusBadge status="acked" />, width: '7rem' },
    { id: 'ms', header: t('word'), cell: ({ ms }) => ms, align: 'end', sortable: true, wideOnly: true, width: '6rem' },
  ];
  const common = { columns, rowKey: ({ id }: Row) => id, label: t('tables'), sort, onSort: setSort };
  return (
    <Card title={t('tables')} flush>
      <DataTable
        {...common}
        rows={ROWS.slice(0, 3)}
        isCurrent={({ id }) => id === current}
        isDimmed={({ ms }) => ms === 37}
      />
      <VirtualTable
        {...common}
        rows={ROWS}
        currentKey={current}
        onCurrentChange={setCurrent}
        className="h-72 border-line border-t"
      />
    </Card>
  );
}
