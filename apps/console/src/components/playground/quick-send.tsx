'use client';
import { PUSH_LIMITS } from '@message-push/protocol/limits';
import { SendHorizontal } from 'lucide-react';
import { useTranslations } from 'next-intl';
import { type FormEvent, useState } from 'react';
import { useFigures } from '@/components/ring/figures.ts';
import { Button } from '@/components/ui/button.tsx';
import { Field } from '@/components/ui/field.tsx';
import { MessageId } from '@/components/ui/ids.tsx';
import { Input, Textarea } from '@/components/ui/input.tsx';
import { useFailureText } from '@/lib/failure-text.ts';
// A message to this client's own uid, and how long it takes from the press to the frame.
import { newKey } from '@/lib/new-key.ts';
import { pushTo } from '@/lib/playground.ts';
import type { Frame } from './frames.ts';
import type { TestClient } from './test-client.ts';
import { preciseNow } from './use-test-client.ts';

const SENT_MAX = 5;

interface Sent {
  key: string;
  at: number;
  content: string;
  messageId?: string;
  error?: string;
}

export function QuickSend({ client }: { client: TestClient }) {
  const t = useTranslations('playground.send');
  const text = useFailureText();
  const { settings } = client.state;
  const [title, setTitle] = useState('');
  const [content, setContent] = useState('');
  const [problem, setProblem] = useState<string>();
  const [sent, setSent] = useState<Sent[]>([]);
  const [sending, setSending] = useState(false);

  async function submit(event: FormEvent<HTMLFormElement>) {
    event.preventDefault();
    const wrong = settings === undefined ? t('notConnected') : content.trim() === '' ? t('contentMissing') : undefined;
    setProblem(wrong);
    if (wrong !== undefined || settings === undefined) {
      event.currentTarget.querySelector('textarea')?.focus();
      return;
    }
    const one: Sent = { key: newKey(), at: preciseNow(), content };
    setSending(true);
    const change = await pushTo(settings.app, settings.uid, { title: title.trim(), content }, one.key).then(
      (messageId) => ({ messageId }),
      (error) => ({ error: text(error).what }),
    );
    setSending(false);
    setSent((before) => [{ ...one, ...change }, ...before].slice(0, SENT_MAX));
  }

  return (
    <form onSubmit={(event) => void submit(event)} className="space-y-3">
      <h3 className="font-semibold text-sm">{t('title')}</h3>
      <p className="text-muted text-xs">
        {settings === undefined ? t('connectFirst') : t('to', { uid: settings.uid, app: settings.app })}
      </p>
      <Field label={t('messageTitle')} optional={t('optional')}>
        <Input value={title} onChange={(event) => setTitle(event.target.value)} maxLength={PUSH_LIMITS.titleCharsMax} />
      </Field>
      <Field label={t('content')} error={problem}>
        <Textarea
          rows={3}
          value={content}
          onChange={(event) => {
            setContent(event.target.value);
            setProblem(undefined);
          }}
          onKeyDown={(event) => {
            if (event.key === 'Enter' && (event.ctrlKey || event.metaKey) && !event.nativeEvent.isComposing)
              event.currentTarget.form?.requestSubmit();
          }}
        />
      </Field>
      <Button type="submit" kind="primary" busy={sending} icon={<SendHorizontal aria-hidden size={15} />}>
        {t('send')}
      </Button>
      <ul aria-label={t('sent')} aria-live="polite" className="space-y-2">
        {sent.map((one) => (
          <SentLine key={one.key} sent={one} frames={client.log.list()} />
        ))}
      </ul>
    </form>
  );
}

function SentLine({ sent, frames }: { sent: Sent; frames: readonly Frame[] }) {
  const t = useTranslations('playground.send');
  const figures = useFigures();
  const { content, at, messageId, error } = sent;
  const got = messageId && frames.find((frame) => frame.direction === 'in' && frame.messageId === messageId);
  return (
    <li className="rounded-md border border-line px-3 py-2 text-xs">
      <p className="truncate">
        <bdi>{content}</bdi>
      </p>
      {error !== undefined ? (
        <p className="text-bad">{error}</p>
      ) : (
        <p className="flex items-baseline justify-between gap-2 text-muted">
          {got ? (
            <strong className="font-semibold text-ok text-sm">{figures.ms(got.at - at)}</strong>
          ) : (
            <span>{t('notYet')}</span>
          )}
          {messageId && <MessageId id={messageId} />}
        </p>
      )}
    </li>
  );
}
