// A part of a form: what it is about at the left, its fields at the right.
import type { ReactNode } from 'react';

export function Section({ title, about, children }: { title: ReactNode; about: ReactNode; children: ReactNode }) {
  return (
    <section className="grid gap-x-8 gap-y-4 rounded-lg border border-line bg-surface p-4 lg:grid-cols-[minmax(12rem,1fr)_minmax(0,2fr)]">
      <div className="space-y-1">
        <h2 className="font-semibold text-sm">{title}</h2>
        <p className="text-muted text-xs">{about}</p>
      </div>
      <div className="min-w-0 max-w-2xl space-y-5">{children}</div>
    </section>
  );
}
