import type { Metadata } from 'next';
import { getTranslations } from 'next-intl/server';
import { RingPage } from '@/components/ring/ring-page.tsx';

export async function generateMetadata(): Promise<Metadata> {
  return { title: (await getTranslations('shell.page'))('ring') };
}

export default function Page() {
  return <RingPage />;
}
