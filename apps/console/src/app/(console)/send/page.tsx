import type { Metadata } from 'next';
import { getTranslations } from 'next-intl/server';
import { SendPage } from '@/components/send/send-page.tsx';

export async function generateMetadata(): Promise<Metadata> {
  return { title: (await getTranslations('shell.page'))('send') };
}

export default function Page() {
  return <SendPage />;
}
