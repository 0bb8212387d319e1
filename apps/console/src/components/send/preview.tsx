'use client';
// The message as it will be: on a screen, as the frame on the wire, and as the call that sends it.
import { PLATFORMS, type Platform } from '@message-push/protocol/limits';
import { useTranslations } from 'next-intl';
import { parseAsStringLiteral, useQueryState } from 'nuqs';
import { useState } from 'react';
import { Card } from '@/components/ui/card.tsx';
import { CodeBlock } from '@/components/ui/code-block.tsx';
import { Segmented } from '@/components/ui/segmented.tsx';
import { Tabs } from '@/components/ui/tabs.tsx';
import { useOrigin } from '@/lib/address.ts';
import { bodyOf, type Draft } from '@/lib/push-draft.ts';
import { curlOf, frameOf, nodeOf } from '@/lib/push-preview.ts';
import { Screen } from './screen.tsx';

const VIEWS = ['card', 'wire', 'curl', 'node'] as const;
/** Stands in the frame where an id and a sequence will be. */
const EXAMPLE = { message_id: '0'.repeat(32), seq: '…', c_time: 0 };

export function Preview({ draft }: { draft: Draft }) {
  const t = useTranslations('send.preview');
  const [view, setView] = useQueryState('preview', parseAsStringLiteral(VIEWS).withDefault('card'));
  const body = bodyOf(draft);
  const app = draft.app || 'APP_ID';
  // The console hands /api on to the api, so that this very address works from where the page is open.
  const origin = `${useOrigin()}/api`;
  const frame = frameOf(body.message, EXAMPLE);
  return (
    <Card title={t('title')}>
      <Tabs
        label={t('title')}
        value={view}
        onChange={(next) => void setView(next)}
        tabs={[
          { value: 'card', label: t('card'), content: <Screens draft={draft} /> },
          {
            value: 'wire',
            label: t('wire'),
            content: (
              <div className="space-y-2">
                <p className="text-muted text-xs">{t('wireHint')}</p>
                <CodeBlock code={JSON.stringify(JSON.parse(frame), null, 2)} what={t('wire')} language="json" wrap />
              </div>
            ),
          },
          {
            value: 'curl',
            label: t('curl'),
            content: (
              <div className="space-y-2">
                <p className="text-muted text-xs">{t('secretHint')}</p>
                <CodeBlock code={curlOf(origin, app, body)} what={t('curl')} />
              </div>
            ),
          },
          {
            value: 'node',
            label: t('node'),
            content: (
              <div className="space-y-2">
                <p className="text-muted text-xs">{t('secretHint')}</p>
                <CodeBlock code={nodeOf(origin, app, body)} what={t('node')} />
              </div>
            ),
          },
        ]}
      />
    </Card>
  );
}

function Screens({ draft }: { draft: Draft }) {
  const t = useTranslations('send');
  const [chosen, setChosen] = useState<Platform>('h5');
  const [dark, setDark] = useState(false);
  const offered = draft.platforms.length === 0 ? PLATFORMS : draft.platforms;
  const platform = offered.find((known) => known === chosen) ?? offered[0] ?? 'h5';
  return (
    <div className="space-y-4">
      <div className="flex flex-wrap gap-2">
        <Segmented
          label={t('platform')}
          value={platform}
          onChange={setChosen}
          options={offered.map((value) => ({ value, label: t(`platforms.${value}`) }))}
        />
        <Segmented
          label={t('preview.look')}
          value={dark ? 'dark' : 'light'}
          onChange={(next) => setDark(next === 'dark')}
          options={[
            { value: 'light', label: t('preview.light') },
            { value: 'dark', label: t('preview.dark') },
          ]}
        />
      </div>
      <Screen draft={draft} platform={platform} dark={dark} />
    </div>
  );
}
