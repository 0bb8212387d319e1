'use client';
// The words of a message: title, content (checked as JSON when its type says so) and content type.
import { PUSH_LIMITS } from '@message-push/protocol/limits';
import { CircleAlert, CircleCheck } from 'lucide-react';
import { useTranslations } from 'next-intl';
import { Button } from '@/components/ui/button.tsx';
import { Field } from '@/components/ui/field.tsx';
import { Counter, Input, Textarea } from '@/components/ui/input.tsx';
import { type Draft, isJsonType, jsonError } from '@/lib/push-draft.ts';
import type { FieldErrors } from './errors.ts';

const TYPES = ['text/plain', 'text/markdown', 'application/json'] as const;

interface Props {
  draft: Draft;
  errors: FieldErrors;
  onChange(change: Partial<Draft>): void;
}

export function ContentFields({ draft, errors, onChange }: Props) {
  const t = useTranslations('send');
  const common = useTranslations('common');
  const json = isJsonType(draft.contentType);
  return (
    <>
      <Field
        label={t('title')}
        optional={common('optional')}
        error={errors.title}
        aside={<Counter text={draft.title} max={PUSH_LIMITS.titleCharsMax} unit="characters" />}
      >
        <Input
          dir="auto"
          value={draft.title}
          onChange={(event) => onChange({ title: event.target.value })}
          autoComplete="off"
        />
      </Field>
      <div className="space-y-1">
        <Field
          label={t('content')}
          error={errors.content}
          aside={<Counter text={draft.content} max={PUSH_LIMITS.contentBytesMax} unit="bytes" />}
        >
          <Textarea
            dir="auto"
            rows={6}
            value={draft.content}
            spellCheck={!json}
            onChange={(event) => onChange({ content: event.target.value })}
            className={json ? 'font-mono text-[0.8125rem]' : ''}
          />
        </Field>
        {json && draft.content.trim() !== '' && (
          <JsonState text={draft.content} onFormat={(content) => onChange({ content })} />
        )}
      </div>
      <ContentType draft={draft} errors={errors} onChange={onChange} />
    </>
  );
}

function JsonState({ text, onFormat }: { text: string; onFormat(text: string): void }) {
  const t = useTranslations('send');
  const error = jsonError(text);
  return (
    <div className="flex flex-wrap items-center gap-2 text-xs">
      {error === undefined ? (
        <span className="inline-flex items-center gap-1 text-ok">
          <CircleCheck aria-hidden size={13} />
          {t('jsonValid')}
        </span>
      ) : (
        <span className="wrap-anywhere inline-flex min-w-0 items-center gap-1 text-bad">
          <CircleAlert aria-hidden size={13} className="shrink-0" />
          <span>
            {t('problem.notJson')} <span lang="en">{error}</span>
          </span>
        </span>
      )}
      {error === undefined && (
        <Button size="small" kind="quiet" onClick={() => onFormat(JSON.stringify(JSON.parse(text), null, 2))}>
          {t('jsonFormat')}
        </Button>
      )}
    </div>
  );
}

function ContentType({ draft, errors, onChange }: Props) {
  const t = useTranslations('send');
  const common = useTranslations('common');
  return (
    <div className="space-y-1.5">
      <Field
        label={t('contentType')}
        optional={common('optional')}
        hint={t('contentTypeHint')}
        error={errors.contentType}
      >
        <Input
          value={draft.contentType}
          onChange={(event) => onChange({ contentType: event.target.value })}
          autoComplete="off"
          spellCheck={false}
          className="font-mono text-[0.8125rem]"
        />
      </Field>
      <div className="flex flex-wrap gap-1">
        {TYPES.map((type) => (
          <Button
            key={type}
            size="small"
            kind="quiet"
            aria-pressed={draft.contentType === type}
            onClick={() => onChange({ contentType: draft.contentType === type ? '' : type })}
            className={draft.contentType === type ? 'bg-accent-tint text-accent' : 'bg-sunken'}
          >
            <span className="font-mono">{type}</span>
          </Button>
        ))}
      </div>
    </div>
  );
}
