// The product's sign and name.
import { RadioTower } from 'lucide-react';
import Link from 'next/link';

export function Logo({ small = false }: { small?: boolean }) {
  return (
    <Link href="/" className="inline-flex min-h-6 items-center gap-2 rounded font-semibold tracking-tight">
      <RadioTower aria-hidden size={18} className="shrink-0 text-accent" />
      <span className={small ? 'sr-only' : undefined}>message-push</span>
    </Link>
  );
}
