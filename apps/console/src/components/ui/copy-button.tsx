'use client';
// Copies a text and says so.
import { Check, Copy } from 'lucide-react';
import { useTranslations } from 'next-intl';
import { useEffect, useState } from 'react';
import { announce } from './announcer.tsx';
import { Button, IconButton } from './button.tsx';
import { toast } from './toast.tsx';

const SHOWN_MS = 1600;

/** `what` names the thing for those who listen; with `children` it is a button with that label. */
export function CopyButton({
  text,
  what,
  onCopied,
  children,
}: {
  text: string;
  what: string;
  onCopied?(): void;
  children?: string;
}) {
  const t = useTranslations('common');
  const [copied, setCopied] = useState(false);

  useEffect(() => {
    if (!copied) return;
    const timer = setTimeout(() => setCopied(false), SHOWN_MS);
    return () => clearTimeout(timer);
  }, [copied]);

  async function copy() {
    try {
      await navigator.clipboard.writeText(text);
    } catch {
      return toast.bad(t('copyFailed'));
    }
    setCopied(true);
    announce(t('copied', { what }));
    onCopied?.();
  }

  const icon = copied ? <Check aria-hidden size={14} className="text-ok" /> : <Copy aria-hidden size={14} />;
  if (children !== undefined) {
    return (
      <Button icon={icon} onClick={() => void copy()}>
        {children}
      </Button>
    );
  }
  return (
    <IconButton size="small" label={copied ? t('copied', { what }) : t('copy', { what })} onClick={() => void copy()}>
      {icon}
    </IconButton>
  );
}
