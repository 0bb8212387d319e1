'use client';
// Asks before something that can't be taken back; `typed` must be typed first when it would be costly.
import { useTranslations } from 'next-intl';
import { type FormEvent, type ReactNode, useId, useState } from 'react';
import { Button } from './button.tsx';
import { Dialog } from './dialog.tsx';
import { Field } from './field.tsx';
import { Input } from './input.tsx';

export interface ConfirmDialogProps {
  open: boolean;
  onOpenChange(open: boolean): void;
  title: ReactNode;
  description?: ReactNode;
  /** The verb of the action: "Revoke", not "OK". */
  action: string;
  onConfirm(): void;
  busy?: boolean;
  danger?: boolean;
  /** What has to be typed, letter by letter. */
  typed?: string;
  /** What went wrong at the last try. */
  error?: ReactNode;
  /** The facts to decide by. */
  children?: ReactNode;
}

export function ConfirmDialog(props: ConfirmDialogProps) {
  const { open, onOpenChange, title, description, action, busy = false, danger = false, children } = props;
  const t = useTranslations('common');
  const form = useId();
  return (
    <Dialog
      open={open}
      onOpenChange={onOpenChange}
      title={title}
      description={description}
      footer={
        <>
          <Button onClick={() => onOpenChange(false)}>{t('cancel')}</Button>
          <Button type="submit" form={form} kind={danger ? 'danger' : 'primary'} busy={busy}>
            {action}
          </Button>
        </>
      }
    >
      <ConfirmForm {...props} id={form}>
        {children}
      </ConfirmForm>
    </Dialog>
  );
}

/** Lives only while the dialog is open, so that what was typed is gone the next time. */
function ConfirmForm({ id, typed, busy, onConfirm, error, children }: ConfirmDialogProps & { id: string }) {
  const t = useTranslations('common');
  const [text, setText] = useState('');
  const [wrong, setWrong] = useState(false);

  function submit(event: FormEvent<HTMLFormElement>) {
    event.preventDefault();
    if (typed !== undefined && text.trim() !== typed) {
      setWrong(true);
      event.currentTarget.querySelector('input')?.focus();
    } else if (!busy) onConfirm();
  }

  return (
    <form id={id} onSubmit={submit} className="space-y-4">
      {children}
      {typed !== undefined && (
        <Field
          label={t.rich('typeToConfirm', { typed, code: (chunks) => <code className="font-mono">{chunks}</code> })}
          error={wrong && t('typedDiffers', { typed })}
        >
          <Input
            value={text}
            onChange={(event) => {
              setText(event.target.value);
              setWrong(false);
            }}
            autoComplete="off"
            spellCheck={false}
            className="font-mono"
          />
        </Field>
      )}
      <div role="alert">{error && <p className="text-bad">{error}</p>}</div>
    </form>
  );
}
