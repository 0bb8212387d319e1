import type { Metadata } from 'next';
import { getTranslations } from 'next-intl/server';
import { SignIn } from '@/components/sign-in/sign-in.tsx';

export async function generateMetadata(): Promise<Metadata> {
  return { title: (await getTranslations('signIn'))('title') };
}

export default async function Page({ searchParams }: { searchParams: Promise<{ next?: string }> }) {
  return <SignIn next={(await searchParams).next ?? null} />;
}
