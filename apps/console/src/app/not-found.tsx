// An address that leads nowhere.
import type { Metadata } from 'next';
import { getTranslations } from 'next-intl/server';
import { LinkButton } from '@/components/ui/button.tsx';
import { EmptyState } from '@/components/ui/empty-state.tsx';

export async function generateMetadata(): Promise<Metadata> {
  return { title: (await getTranslations('shell.notFound'))('title') };
}

export default async function NotFound() {
  const t = await getTranslations('shell.notFound');
  return (
    <main className="flex min-h-dvh items-center justify-center">
      <EmptyState
        title={<h1 className="text-lg">{t('title')}</h1>}
        actions={
          <LinkButton href="/" kind="primary">
            {t('back')}
          </LinkButton>
        }
      >
        {t('text')}
      </EmptyState>
    </main>
  );
}
