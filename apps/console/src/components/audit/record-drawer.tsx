'use client';
// One record of the audit: its facts, what it changed field by field, and the states as JSON.
import type { AuditRow } from '@message-push/protocol/admin';
import { useTranslations } from 'next-intl';
import { DefinitionList } from '@/components/ui/card.tsx';
import { CodeBlock } from '@/components/ui/code-block.tsx';
import { Drawer } from '@/components/ui/drawer.tsx';
import { Time } from '@/components/ui/time.tsx';
import { ActionName } from './action-name.tsx';
import { type Difference, differences } from './diff.ts';

export function RecordDrawer({ record, onClose }: { record: AuditRow | null; onClose(): void }) {
  return (
    <Drawer
      open={record !== null}
      onOpenChange={(open) => !open && onClose()}
      title={record && <ActionName action={record.action} />}
    >
      {record && <Record record={record} />}
    </Drawer>
  );
}

function Record({ record }: { record: AuditRow }) {
  const t = useTranslations('audit');
  const { id, at, actor, action, target, before, after, ip } = record;
  const changed = differences(before, after);
  const facts = [
    { key: 'at', name: t('when'), value: <Time at={at} show="stamp" /> },
    { key: 'actor', name: t('actor'), value: actor },
    { key: 'action', name: t('action'), value: <code className="font-mono">{action}</code> },
    { key: 'target', name: t('target'), value: <code className="font-mono">{target}</code> },
    { key: 'ip', name: t('address'), value: <code className="font-mono">{ip}</code> },
  ];
  return (
    <div className="space-y-5 p-4">
      <DefinitionList items={facts} />
      <section className="space-y-2">
        <h3 className="font-semibold">{t('changed')}</h3>
        {changed.length === 0 ? <p className="text-muted">{t('noChange')}</p> : <Diff rows={changed} />}
      </section>
      <section className="space-y-2">
        <h3 className="font-semibold">{t('json')}</h3>
        <CodeBlock
          code={JSON.stringify({ id, at, actor, action, target, ip, before, after }, null, 2)}
          what={t('json')}
          language="json"
        />
      </section>
    </div>
  );
}

function Diff({ rows }: { rows: Difference[] }) {
  const t = useTranslations('audit');
  return (
    <ul className="divide-y divide-line overflow-hidden rounded-md border border-line">
      {rows.map(({ path, before, after }) => (
        <li key={path} className="space-y-1 p-2.5">
          {path !== '' && <code className="font-mono text-muted text-xs">{path}</code>}
          {before !== undefined && <Side sign="−" name={t('before')} text={before} className="bg-bad-tint text-bad" />}
          {after !== undefined && <Side sign="+" name={t('after')} text={after} className="bg-ok-tint text-ok" />}
        </li>
      ))}
    </ul>
  );
}

function Side(props: { sign: string; name: string; text: string; className: string }) {
  return (
    <div className={`flex gap-2 rounded px-2 py-0.5 font-mono text-[0.8125rem] ${props.className}`}>
      <span aria-hidden className="select-none">
        {props.sign}
      </span>
      <span className="sr-only">{props.name}</span>
      <span className="min-w-0 whitespace-pre-wrap break-all">{props.text}</span>
    </div>
  );
}
