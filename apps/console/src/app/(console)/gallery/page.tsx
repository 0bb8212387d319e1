// All components in all states, for those who build the console; not there in production.
import type { Metadata } from 'next';
import { notFound } from 'next/navigation';
import { getTranslations } from 'next-intl/server';
import { Gallery } from '@/components/gallery/gallery.tsx';
import { inDevelopment } from '@/config.ts';

export async function generateMetadata(): Promise<Metadata> {
  return { title: (await getTranslations('gallery'))('title') };
}

export default function Page() {
  if (!inDevelopment) notFound();
  return <Gallery />;
}
