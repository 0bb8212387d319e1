'use client';
// The frame of the pages before the console: sign-in, first admin, new password. Language and theme can be chosen there too.
import type { ReactNode } from 'react';
import { Logo } from '@/components/shell/logo.tsx';
import { PreferenceMenus } from '@/components/shell/preference-menus.tsx';

export function EntryPage({ title, lead, children }: { title: ReactNode; lead?: ReactNode; children: ReactNode }) {
  return (
    <div className="flex min-h-dvh flex-col">
      <header className="flex h-(--bar) items-center justify-between px-4 md:px-6">
        <Logo />
        <div className="flex items-center">
          <PreferenceMenus />
        </div>
      </header>
      <main className="mx-auto flex w-full max-w-sm flex-1 flex-col justify-center px-4 pt-4 pb-[18dvh]">
        <h1 className="font-semibold text-2xl tracking-tight">{title}</h1>
        {lead && <p className="mt-1 text-muted">{lead}</p>}
        <div className="mt-6">{children}</div>
      </main>
    </div>
  );
}
