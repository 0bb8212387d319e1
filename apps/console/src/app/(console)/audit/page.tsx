import type { Metadata } from 'next';
import { getTranslations } from 'next-intl/server';
import { Audit } from '@/components/audit/audit.tsx';

export async function generateMetadata(): Promise<Metadata> {
  return { title: (await getTranslations('shell.page'))('audit') };
}

export default function Page() {
  return <Audit />;
}
