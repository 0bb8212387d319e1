import type { Metadata } from 'next';
import { NodePage } from '@/components/node/node-page.tsx';

interface Props {
  params: Promise<{ node: string }>;
}

export async function generateMetadata({ params }: Props): Promise<Metadata> {
  return { title: decodeURIComponent((await params).node) };
}

export default async function Page({ params }: Props) {
  return <NodePage id={decodeURIComponent((await params).node)} />;
}
