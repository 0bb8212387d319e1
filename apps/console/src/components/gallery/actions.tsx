'use client';
// Buttons, links and chips.
import { Plus, Settings } from 'lucide-react';
import { useTranslations } from 'next-intl';
import { Button, IconButton, LinkButton } from '@/components/ui/button.tsx';
import { Card, Kbd } from '@/components/ui/card.tsx';
import { Chip } from '@/components/ui/chip.tsx';
import { CopyButton } from '@/components/ui/copy-button.tsx';

const KINDS = ['primary', 'secondary', 'danger', 'quiet'] as const;
const CLAUSES = ['status:acked', 'app:demo', 'uid:57098049', 'oops:'];

export function Actions() {
  const t = useTranslations('gallery');
  const word = t('word');
  return (
    <Card title={t('actions')}>
      <div className="space-y-3">
        {KINDS.map((kind) => (
          <div key={kind} className="flex flex-wrap gap-2">
            <Button kind={kind}>{word}</Button>
            <Button kind={kind} icon={<Plus aria-hidden size={15} />}>
              {word}
            </Button>
            <Button kind={kind} busy>
              {word}
            </Button>
            <Button kind={kind} disabled>
              {word}
            </Button>
            <Button kind={kind} size="small">
              {word}
            </Button>
          </div>
        ))}
        <div className="flex flex-wrap items-center gap-2">
          <LinkButton href="/">{word}</LinkButton>
          <IconButton label={word}>
            <Settings aria-hidden size={16} />
          </IconButton>
          <CopyButton text={word} what={word} />
          <CopyButton text={word} what={word}>
            {word}
          </CopyButton>
          <Kbd>{CLAUSES.length}</Kbd>
        </div>
        <div className="flex flex-wrap gap-1.5">
          {CLAUSES.map((name, index) => (
            <Chip
              key={name}
              name={name}
              off={index === 1}
              bad={index === 3}
              onToggle={() => undefined}
              {...(index === 2 ? {} : { onRemove: () => undefined })}
            >
              {name}
            </Chip>
          ))}
        </div>
      </div>
    </Card>
  );
}
