'use client';
// One frame in full, to read, to copy, and to acknowledge by hand.
import { Check } from 'lucide-react';
import { useTranslations } from 'next-intl';
import { Button } from '@/components/ui/button.tsx';
import { CodeBlock } from '@/components/ui/code-block.tsx';
import { MessageId } from '@/components/ui/ids.tsx';
import type { AckMode } from './client-state.ts';
import { type Frame, pretty } from './frames.ts';
import type { TestClient } from './test-client.ts';

export function FrameDetail({ frame, client, ackMode }: { frame: Frame; client: TestClient; ackMode: AckMode }) {
  const t = useTranslations('playground.log');
  const { seq, messageId, kind, n, text, direction } = frame;
  // Events are written by the test client alone, each is in the catalogue.
  const name = direction === 'event' ? t(`event.${kind as 'open'}`) : kind;
  const open = client.state.phase === 'open';
  const acked = seq !== undefined && client.state.acked !== undefined && seq <= client.state.acked;
  return (
    <div className="space-y-2 border-line border-t p-3">
      <div className="flex min-h-7 flex-wrap items-center gap-x-3 gap-y-1 text-xs">
        <span className="font-medium">{t('frame', { n, kind: name })}</span>
        {messageId && (
          <span className="inline-flex min-w-0 items-center gap-1 text-muted">
            {t('trace')} <MessageId id={messageId} />
          </span>
        )}
        {kind === 'MESSAGE' && seq !== undefined && ackMode === 'manual' && (
          <Button
            size="small"
            kind="primary"
            className="ml-auto"
            disabled={!open || acked}
            icon={<Check aria-hidden size={13} />}
            onClick={() => client.ack(seq)}
          >
            {acked ? t('acked') : t('ackUpTo')}
          </Button>
        )}
      </div>
      {text !== '' && (
        <CodeBlock
          code={pretty(text)}
          what={t('frame', { n, kind: name })}
          language={direction === 'event' ? 'text' : 'json'}
          wrap
        />
      )}
    </div>
  );
}
