'use client';
// Test client: up to four clients of one's own side by side, each with its frames as they go over the wire.
import { Plus, ShieldOff } from 'lucide-react';
import { useTranslations } from 'next-intl';
import { parseAsString, useQueryStates } from 'nuqs';
import { useState } from 'react';
import { Button } from '@/components/ui/button.tsx';
import { Card, PageHeader } from '@/components/ui/card.tsx';
import { cx } from '@/components/ui/class-names.ts';
import { EmptyState } from '@/components/ui/empty-state.tsx';
import { Loaded } from '@/components/ui/loaded.tsx';
import { PageRegion } from '@/components/ui/page-region.tsx';
import { Skeleton } from '@/components/ui/skeleton.tsx';
import { useApps } from '@/lib/apps.ts';
import { usePlayable } from '@/lib/playground.ts';
import { useCan, useSession } from '@/lib/session.ts';
import { ClientPanel } from './client-panel.tsx';

const CLIENTS_MAX = 4;

export function PlaygroundPage() {
  const t = useTranslations('playground');
  const [asked] = useQueryStates({ app: parseAsString.withDefault(''), uid: parseAsString.withDefault('') });
  const [numbers, setNumbers] = useState([1]);
  const apps = useApps();
  const playable = usePlayable();
  const can = useCan();
  const forbidden = useSession().isSuccess && !can('playground');
  const lone = numbers.length === 1;
  const next = [1, 2, 3, 4].find((number) => !numbers.includes(number));

  if (forbidden) {
    return (
      <Card>
        <EmptyState icon={<ShieldOff aria-hidden size={36} strokeWidth={1.25} />} title={<h1>{t('forbidden')}</h1>}>
          {t('forbiddenText')}
        </EmptyState>
      </Card>
    );
  }
  return (
    <>
      <PageHeader
        title={t('title')}
        description={t('description')}
        actions={
          <Button
            icon={<Plus aria-hidden size={15} />}
            disabled={numbers.length >= CLIENTS_MAX}
            onClick={() => next !== undefined && setNumbers([...numbers, next])}
          >
            {t('add')}
          </Button>
        }
      />
      <PageRegion>
        <Loaded query={apps} skeleton={<Skeleton className="h-136" />} title={t('failed')}>
          {(list) => (
            <div className={cx('grid gap-4', !lone && 'grid-cols-[repeat(auto-fit,minmax(min(22rem,100%),1fr))]')}>
              {numbers.map((number) => (
                <ClientPanel
                  key={number}
                  number={number}
                  wide={lone}
                  apps={playable(list)}
                  initial={{ app: asked.app || (playable(list)[0]?.id ?? ''), uid: number === 1 ? asked.uid : '' }}
                  {...(!lone && { onRemove: () => setNumbers(numbers.filter((one) => one !== number)) })}
                />
              ))}
            </div>
          )}
        </Loaded>
      </PageRegion>
    </>
  );
}
