'use client';
// One line, or several lines with a counter. Inside a Field they take its label, hint and error.
import { useTranslations } from 'next-intl';
import type { ComponentProps } from 'react';
import { cx, FIELD, FIELD_HEIGHT } from './class-names.ts';
import { useFieldProps } from './field.tsx';

export function Input({ className, ...more }: ComponentProps<'input'>) {
  return <input type="text" {...useFieldProps()} {...more} className={cx(FIELD, FIELD_HEIGHT, className)} />;
}

export function Textarea({ className, ...more }: ComponentProps<'textarea'>) {
  return <textarea rows={4} {...useFieldProps()} {...more} className={cx(FIELD, 'block py-2', className)} />;
}

const bytes = new TextEncoder();

/** How much of a limit is used, in characters or in UTF-8 bytes; for the `aside` of a Field. Past the limit it says so in words. */
export function Counter({ text, max, unit }: { text: string; max: number; unit: 'characters' | 'bytes' }) {
  const t = useTranslations('common');
  const used = unit === 'bytes' ? bytes.encode(text).length : [...text].length;
  const over = used > max;
  return (
    <span className={over ? 'font-medium text-bad' : undefined}>
      {over ? t(`over.${unit}`, { over: used - max }) : t(`used.${unit}`, { used, max })}
    </span>
  );
}
