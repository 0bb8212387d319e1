// Apps & credentials.
import type { Metadata } from 'next';
import { getTranslations } from 'next-intl/server';
import { AppsPage } from '@/components/apps/apps-page.tsx';

export async function generateMetadata(): Promise<Metadata> {
  return { title: (await getTranslations('shell.page'))('apps') };
}

export default function Page() {
  return <AppsPage />;
}
