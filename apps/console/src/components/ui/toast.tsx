'use client';
// Short news at the corner, read out politely; they leave by themselves, errors stay twice as long. F6 moves the focus to them.
import { CircleAlert, CircleCheck, X } from 'lucide-react';
import { useTranslations } from 'next-intl';
import { useEffect, useRef, useState, useSyncExternalStore } from 'react';
import { IconButton } from './button.tsx';

const STAYS_MS = { ok: 5_000, bad: 10_000 };
/** More push the oldest out. */
const SHOWN_MAX = 4;

interface News {
  id: number;
  kind: keyof typeof STAYS_MS;
  title: string;
  description: string | undefined;
}

const NONE: readonly News[] = [];
let news = NONE;
let told = 0;
const listeners = new Set<() => void>();

/** `title` and `description` come from the catalogues. */
export const toast = {
  ok: (title: string, description?: string) => tell('ok', title, description),
  bad: (title: string, description?: string) => tell('bad', title, description),
};

function tell(kind: News['kind'], title: string, description: string | undefined): void {
  show([...news, { id: told++, kind, title, description }].slice(-SHOWN_MAX));
}

function dismiss(id: number): void {
  show(news.filter((one) => one.id !== id));
}

function show(next: readonly News[]): void {
  news = next;
  for (const listener of listeners) listener();
}

function subscribe(listener: () => void): () => void {
  listeners.add(listener);
  return () => listeners.delete(listener);
}

/** Once, around all pages. */
export function Toasts() {
  const shown = useSyncExternalStore(
    subscribe,
    () => news,
    () => NONE,
  );
  const region = useRef<HTMLDivElement>(null);
  // Nothing leaves while somebody looks at it.
  const [held, setHeld] = useState(false);
  useEffect(() => {
    const onKey = (event: KeyboardEvent) => {
      if (event.key !== 'F6' || news.length === 0) return;
      event.preventDefault();
      region.current?.focus();
    };
    document.addEventListener('keydown', onKey);
    return () => document.removeEventListener('keydown', onKey);
  }, []);
  return (
    <div
      ref={region}
      role="status"
      tabIndex={-1}
      onPointerEnter={() => setHeld(true)}
      onPointerLeave={() => setHeld(false)}
      onFocus={() => setHeld(true)}
      onBlur={() => setHeld(false)}
      className="fixed right-4 bottom-4 z-70 flex w-88 max-w-[calc(100vw-2rem)] flex-col gap-2 rounded-lg"
    >
      {shown.map((one) => (
        <Item key={one.id} news={one} held={held} />
      ))}
    </div>
  );
}

function Item({ news: { id, kind, title, description }, held }: { news: News; held: boolean }) {
  const t = useTranslations('common');
  useEffect(() => {
    if (held) return;
    const timer = setTimeout(() => dismiss(id), STAYS_MS[kind]);
    return () => clearTimeout(timer);
  }, [id, kind, held]);
  return (
    <div className="pop flex items-start gap-2.5 py-2 pr-2 pl-3">
      {kind === 'bad' ? (
        <CircleAlert aria-hidden size={16} className="mt-1.5 shrink-0 text-bad" />
      ) : (
        <CircleCheck aria-hidden size={16} className="mt-1.5 shrink-0 text-ok" />
      )}
      <div className="min-w-0 flex-1 break-words py-1">
        <p className="font-medium text-sm">{title}</p>
        {description && <p className="text-muted text-xs">{description}</p>}
      </div>
      <IconButton label={t('close')} size="small" onClick={() => dismiss(id)}>
        <X aria-hidden size={14} />
      </IconButton>
    </div>
  );
}
