import type { Metadata } from 'next';
import { UserPage } from '@/components/user/user-page.tsx';

interface Props {
  params: Promise<{ uid: string }>;
}

export async function generateMetadata({ params }: Props): Promise<Metadata> {
  return { title: decodeURIComponent((await params).uid) };
}

export default async function Page({ params }: Props) {
  return <UserPage uid={decodeURIComponent((await params).uid)} />;
}
