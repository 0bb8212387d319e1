'use client';
// After the first sign-in: the start password, which others may have seen, is replaced before anything else.
import { useRouter } from 'next/navigation';
import { useTranslations } from 'next-intl';
import { safeNext } from '@/lib/session.ts';
import { EntryPage } from './entry-page.tsx';
import { PasswordForm } from './password-form.tsx';

export function MustChange({ next }: { next: string | null }) {
  const t = useTranslations('signIn');
  const router = useRouter();
  return (
    <EntryPage title={t('newPassword')} lead={t('newPasswordWhy')}>
      <PasswordForm wide onDone={() => router.replace(safeNext(next))} />
    </EntryPage>
  );
}
