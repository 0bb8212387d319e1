'use client';
// A region where something went wrong, in words that say what to do.
import { CircleAlert, RotateCw } from 'lucide-react';
import { useTranslations } from 'next-intl';
import { Component, type ReactNode } from 'react';
import { ApiFailure } from '@/lib/api.ts';
import { useFailureText } from '@/lib/failure-text.ts';
import { Button } from './button.tsx';
import { CopyButton } from './copy-button.tsx';

export interface ErrorStateProps {
  error: Error;
  onRetry?: (() => void) | undefined;
  retrying?: boolean;
  /** What could not be shown: "The ring could not be loaded." */
  title?: ReactNode;
  /** What works none the less. */
  stillWorks?: ReactNode;
}

/** What happened, what still works, what to do, and the id to find it in the logs by. */
export function ErrorState({ error, onRetry, retrying = false, title, stillWorks }: ErrorStateProps) {
  const t = useTranslations('common');
  const text = useFailureText();
  const { what, todo } = text(error);
  const failure = error instanceof ApiFailure ? error : undefined;
  return (
    <div role="alert" className="flex items-start gap-3 p-4">
      <CircleAlert aria-hidden size={18} className="mt-0.5 shrink-0 text-bad" />
      <div className="min-w-0 flex-1 space-y-1">
        <p className="break-words font-medium">{title ?? what}</p>
        {title && <p className="break-words text-muted">{what}</p>}
        {todo && <p className="text-muted">{todo}</p>}
        {stillWorks && <p className="text-muted">{stillWorks}</p>}
        <div className="flex flex-wrap items-center gap-x-4 gap-y-1 pt-1 text-faint text-xs">
          {failure && <CodeOf name={t('errorCode')} value={failure.code} />}
          {failure?.requestId && <CodeOf name={t('requestId')} value={failure.requestId} />}
        </div>
      </div>
      {onRetry && (
        <Button size="small" icon={<RotateCw aria-hidden size={13} />} busy={retrying} onClick={onRetry}>
          {t('retry')}
        </Button>
      )}
    </div>
  );
}

function CodeOf({ name, value }: { name: string; value: string }) {
  return (
    <span className="inline-flex min-w-0 items-center gap-1">
      {name}
      <code className="truncate font-mono">{value}</code>
      <CopyButton text={value} what={name} />
    </span>
  );
}

/** Keeps a failure of one region's own code within that region. */
export class RegionBoundary extends Component<{ children: ReactNode }, { error: Error | null }> {
  override state: { error: Error | null } = { error: null };

  static getDerivedStateFromError(error: unknown): { error: Error } {
    return { error: error instanceof Error ? error : new Error(String(error)) };
  }

  override render(): ReactNode {
    const { error } = this.state;
    if (error === null) return this.props.children;
    return <ErrorState error={error} onRetry={() => this.setState({ error: null })} />;
  }
}
