import type { Metadata } from 'next';
import { getTranslations } from 'next-intl/server';
import { Operators } from '@/components/settings/operators.tsx';

export async function generateMetadata(): Promise<Metadata> {
  return { title: (await getTranslations('shell.page'))('operators') };
}

export default function Page() {
  return <Operators />;
}
