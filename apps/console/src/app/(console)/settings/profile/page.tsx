import type { Metadata } from 'next';
import { getTranslations } from 'next-intl/server';
import { Profile } from '@/components/settings/profile.tsx';

export async function generateMetadata(): Promise<Metadata> {
  return { title: (await getTranslations('shell.page'))('profile') };
}

export default function Page() {
  return <Profile />;
}
