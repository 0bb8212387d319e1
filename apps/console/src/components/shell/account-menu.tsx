'use client';
// Who is signed in: profile, security, sign out.
import { CircleUserRound, KeyRound, LogOut, UserRound } from 'lucide-react';
import { useTranslations } from 'next-intl';
import { IconButton } from '@/components/ui/button.tsx';
import { Menu, MenuItem, MenuLine, MenuLink, MenuNote } from '@/components/ui/menu.tsx';
import { useSession } from '@/lib/session.ts';
import { useLeave } from '@/lib/use-leave.ts';
import { LanguageChoice, ThemeChoice } from './preference-menus.tsx';

export function AccountMenu() {
  const t = useTranslations('shell');
  const operator = useSession().data?.operator;
  const leave = useLeave();
  return (
    <Menu
      trigger={
        <IconButton label={t('account')}>
          <CircleUserRound aria-hidden size={18} />
        </IconButton>
      }
    >
      {operator && (
        <>
          <MenuNote>
            <span className="block max-w-56 truncate font-medium text-sm text-text">{operator.name}</span>
            <span className="block max-w-56 truncate">{operator.email}</span>
            <span className="block">{t(`role.${operator.role}`)}</span>
          </MenuNote>
          <MenuLine />
        </>
      )}
      <MenuLink href="/settings/profile" icon={<UserRound aria-hidden size={15} />}>
        {t('page.profile')}
      </MenuLink>
      <MenuLink href="/settings/security" icon={<KeyRound aria-hidden size={15} />}>
        {t('page.security')}
      </MenuLink>
      <div className="md:hidden">
        <MenuLine />
        <LanguageChoice />
        <ThemeChoice />
      </div>
      <MenuLine />
      <MenuItem icon={<LogOut aria-hidden size={15} />} onSelect={leave}>
        {t('signOut')}
      </MenuItem>
    </Menu>
  );
}
