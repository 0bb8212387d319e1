'use client';
// Every component once in every state: what a page may use, and what a change to one must not break.
import { useTranslations } from 'next-intl';
import { PageHeader } from '@/components/ui/card.tsx';
import { Actions } from './actions.tsx';
import { Inputs } from './inputs.tsx';
import { Layers } from './layers.tsx';
import { Marks } from './marks.tsx';
import { States } from './states.tsx';
import { Tables } from './tables.tsx';

export function Gallery() {
  const t = useTranslations('gallery');
  return (
    <>
      <PageHeader title={t('title')} description={t('about')} />
      <div className="grid gap-4 lg:grid-cols-2">
        <Actions />
        <Layers />
        <Inputs />
        <Marks />
        <States />
        <Tables />
      </div>
    </>
  );
}
