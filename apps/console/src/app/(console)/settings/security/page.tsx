import type { Metadata } from 'next';
import { getTranslations } from 'next-intl/server';
import { Security } from '@/components/settings/security.tsx';

export async function generateMetadata(): Promise<Metadata> {
  return { title: (await getTranslations('shell.page'))('security') };
}

export default function Page() {
  return <Security />;
}
