import type { Metadata } from 'next';
import { getTranslations } from 'next-intl/server';
import { MustChange } from '@/components/sign-in/must-change.tsx';

export async function generateMetadata(): Promise<Metadata> {
  return { title: (await getTranslations('signIn'))('newPassword') };
}

export default async function Page({ searchParams }: { searchParams: Promise<{ next?: string }> }) {
  return <MustChange next={(await searchParams).next ?? null} />;
}
