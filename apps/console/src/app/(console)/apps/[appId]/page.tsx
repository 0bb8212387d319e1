// One app.
import type { Metadata } from 'next';
import { AppPage } from '@/components/apps/app-page.tsx';

interface Props {
  params: Promise<{ appId: string }>;
}

export async function generateMetadata({ params }: Props): Promise<Metadata> {
  return { title: decodeURIComponent((await params).appId) };
}

export default async function Page({ params }: Props) {
  return <AppPage id={decodeURIComponent((await params).appId)} />;
}
