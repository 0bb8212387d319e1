'use client';
// A password: can be shown, can be pasted, and says when Caps Lock is on.
import { Eye, EyeOff } from 'lucide-react';
import { useTranslations } from 'next-intl';
import { type ComponentProps, useState } from 'react';
import { IconButton } from '@/components/ui/button.tsx';
import { Input } from '@/components/ui/input.tsx';

export function PasswordInput(props: Omit<ComponentProps<'input'>, 'type'>) {
  const t = useTranslations('signIn');
  const [shown, setShown] = useState(false);
  const [capsLock, setCapsLock] = useState(false);
  const Icon = shown ? EyeOff : Eye;
  return (
    <>
      <div className="relative">
        <Input
          {...props}
          type={shown ? 'text' : 'password'}
          autoCapitalize="none"
          spellCheck={false}
          onKeyUp={(event) => setCapsLock(event.getModifierState('CapsLock'))}
          onBlur={() => setCapsLock(false)}
          className="pr-10"
        />
        <IconButton
          label={shown ? t('hide') : t('show')}
          size="small"
          onClick={() => setShown(!shown)}
          className="absolute inset-y-1 right-1"
        >
          <Icon aria-hidden size={15} />
        </IconButton>
      </div>
      <p role="status" className="text-warn text-xs empty:hidden">
        {capsLock ? t('capsLock') : ''}
      </p>
    </>
  );
}
