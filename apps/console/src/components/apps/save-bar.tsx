'use client';
// Below a form with changes: how many, which, and what to do with them. It stays in view, whatever part of the form one is at.
import { useTranslations } from 'next-intl';
import { useEffect } from 'react';
import { announce } from '../ui/announcer.tsx';
import { Button } from '../ui/button.tsx';
import { LeaveGuard } from '../ui/leave-guard.tsx';
import { toast } from '../ui/toast.tsx';
import { Failed } from './failed.tsx';
import type { FieldName } from './settings-form.ts';
import type { SettingsForm } from './use-settings.ts';

/** `onProblem` brings the field to the reader, wherever it is. */
export function SaveBar({ form, onProblem }: { form: SettingsForm; onProblem(field: FieldName): void }) {
  const t = useTranslations('apps.save');
  const fields = useTranslations('apps.field');
  const { changed, problems } = form;
  const shown = changed.length > 0;
  useRoomBelow(shown);
  const wrong = changed.filter((field) => problems[field] !== undefined);

  function save() {
    const first = form.save(() => {
      toast.ok(t('done'));
      focusTab();
    });
    if (first === undefined) return;
    announce(t('wrong', { count: wrong.length }));
    onProblem(first);
  }

  function discard() {
    form.discard();
    focusTab();
  }

  return (
    <>
      <LeaveGuard
        active={shown}
        title={t('leave.title')}
        description={t('leave.text', { count: changed.length })}
        action={t('leave.action')}
      />
      {shown && (
        <section aria-label={t('label')} className="sticky bottom-3 z-20 mt-4 rounded-lg bg-raised shadow-pop">
          <div className="px-4 pt-3 empty:hidden">{form.error && <Failed error={form.error} />}</div>
          <div className="flex flex-wrap items-center gap-x-3 gap-y-2 px-4 py-3">
            <p className="min-w-0 flex-1 basis-48">
              <span className="font-medium">{t('count', { count: changed.length })}</span>{' '}
              <span className="break-words text-muted text-xs">
                {changed.map((field) => fields(field)).join(' · ')}
              </span>
              {wrong.length > 0 && (
                <span className="block text-bad text-xs">{t('wrong', { count: wrong.length })}</span>
              )}
            </p>
            <div className="flex gap-2">
              <Button onClick={discard} disabled={form.saving}>
                {t('discard')}
              </Button>
              <Button kind="primary" busy={form.saving} onClick={save}>
                {t('action')}
              </Button>
            </div>
          </div>
        </section>
      )}
    </>
  );
}

/** What gets the focus is never hidden under the bar. */
function useRoomBelow(shown: boolean): void {
  useEffect(() => {
    if (!shown) return;
    const { style } = document.documentElement;
    style.scrollPaddingBottom = '9rem';
    return () => {
      style.scrollPaddingBottom = '';
    };
  }, [shown]);
}

/** The bar goes away with its buttons: the focus stays near the form. */
function focusTab(): void {
  document.querySelector<HTMLElement>('[role="tab"][aria-selected="true"]')?.focus({ preventScroll: true });
}
