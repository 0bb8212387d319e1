'use client';
// A message in facts: its words, where it was sent from and to whom, how it is shown.
import type { MessageRow } from '@message-push/protocol/admin';
import { Lock } from 'lucide-react';
import Link from 'next/link';
import { useTranslations } from 'next-intl';
import { DefinitionList } from '@/components/ui/card.tsx';
import { CodeBlock } from '@/components/ui/code-block.tsx';
import { CopyButton } from '@/components/ui/copy-button.tsx';
import { Time } from '@/components/ui/time.tsx';
import { useDuration } from '@/lib/duration.ts';

export function Summary({ message }: { message: MessageRow }) {
  const t = useTranslations('trace');
  const { extras } = message.message;
  return (
    <div className="space-y-4">
      <Words message={message} />
      <DefinitionList items={useFacts(message)} />
      {extras !== undefined && extras !== '' && !message.private && (
        <div className="space-y-1">
          <p className="text-muted">{t('fact.extras')}</p>
          <CodeBlock code={pretty(extras)} what={t('fact.extras')} language="json" wrap />
        </div>
      )}
    </div>
  );
}

function Words({ message }: { message: MessageRow }) {
  const t = useTranslations('trace');
  const { title, content } = message.message;
  if (message.private) {
    return (
      <p className="flex items-center gap-2 text-muted">
        <Lock aria-hidden size={15} className="shrink-0" />
        {t('private')}
      </p>
    );
  }
  return (
    <div className="space-y-1">
      {title && (
        <p dir="auto" className="wrap-anywhere font-medium">
          {title}
        </p>
      )}
      <p dir="auto" className="wrap-anywhere max-h-72 overflow-y-auto whitespace-pre-wrap">
        {content}
      </p>
    </div>
  );
}

function useFacts(message: MessageRow) {
  const t = useTranslations('trace');
  const duration = useDuration();
  const { message_id, app_key, platform, c_time, ttl_s, accepted, erased } = message;
  const type = message.message.content_type;
  return [
    {
      key: 'id',
      name: t('fact.id'),
      value: (
        <span className="flex items-start gap-1">
          <code className="break-all pt-0.5 font-mono text-xs">{message_id}</code>
          <CopyButton text={message_id} what={t('fact.id')} />
        </span>
      ),
    },
    {
      key: 'app',
      name: t('fact.app'),
      value: (
        <Link
          href={`/apps/${encodeURIComponent(app_key)}`}
          className="break-all text-accent underline-offset-2 hover:underline"
        >
          {app_key}
        </Link>
      ),
    },
    { key: 'time', name: t('fact.time'), value: <Time at={c_time} show="stamp" /> },
    { key: 'recipients', name: t('fact.recipients'), value: t('people', { count: accepted }) },
    { key: 'platform', name: t('fact.platform'), value: platform === 'all' ? t('allPlatforms') : platform },
    { key: 'ttl', name: t('fact.ttl'), value: ttl_s === 0 ? t('onlineOnly') : duration(ttl_s * 1000) },
    ...(type
      ? [
          {
            key: 'type',
            name: t('fact.contentType'),
            value: <code className="wrap-anywhere font-mono text-xs">{type}</code>,
          },
        ]
      : []),
    ...(erased ? [{ key: 'erased', name: t('fact.erased'), value: t('people', { count: erased }) }] : []),
  ];
}

function pretty(text: string): string {
  try {
    return JSON.stringify(JSON.parse(text), null, 2);
  } catch {
    return text;
  }
}
