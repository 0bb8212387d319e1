'use client';
// Why a delivery ended, in the language of the page; what the record says besides, and words of no table, stay as they are.
import { readReason } from '@message-push/protocol/reasons';
import { useTranslations } from 'next-intl';

export function Reason({ text }: { text: string }) {
  const t = useTranslations('status.reason');
  const known = readReason(text);
  if (known === undefined) return <span lang="en">{text}</span>;
  const { code, detail } = known;
  return (
    <>
      {t(code)}
      {detail !== undefined && (
        <>
          {' '}
          <span lang="en" className="font-normal text-muted text-xs">
            {detail}
          </span>
        </>
      )}
    </>
  );
}
