// Dead letters.
import type { Metadata } from 'next';
import { getTranslations } from 'next-intl/server';
import { DeadLettersPage } from '@/components/dead-letters/dead-letters-page.tsx';

export async function generateMetadata(): Promise<Metadata> {
  return { title: (await getTranslations('shell.page'))('deadLetters') };
}

export default function Page() {
  return <DeadLettersPage />;
}
