import type { Metadata } from 'next';
import { getTranslations } from 'next-intl/server';
import { Overview } from '@/components/overview.tsx';
import { Shell } from '@/components/shell.tsx';

export async function generateMetadata(): Promise<Metadata> {
  return { title: (await getTranslations('overview'))('title') };
}

export default function Page() {
  return (
    <Shell>
      <Overview />
    </Shell>
  );
}
