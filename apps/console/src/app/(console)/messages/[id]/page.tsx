import type { Metadata } from 'next';
import { getTranslations } from 'next-intl/server';
import { TracePage } from '@/components/trace/trace-page.tsx';

export async function generateMetadata(): Promise<Metadata> {
  return { title: (await getTranslations('shell.page'))('trace') };
}

export default async function Page({ params }: { params: Promise<{ id: string }> }) {
  return <TracePage id={(await params).id} />;
}
