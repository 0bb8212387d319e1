'use client';
// The bar that stays at the top: where one is, which environment, live or not, preferences, account.
import { Menu as MenuIcon } from 'lucide-react';
import { useTranslations } from 'next-intl';
import { useState } from 'react';
import { PaletteAndHelp } from '@/components/palette/keys.tsx';
import { Badge } from '@/components/ui/badge.tsx';
import { IconButton } from '@/components/ui/button.tsx';
import { Drawer } from '@/components/ui/drawer.tsx';
import { AccountMenu } from './account-menu.tsx';
import { Breadcrumb } from './breadcrumb.tsx';
import { LiveIndicator } from './live-indicator.tsx';
import { Logo } from './logo.tsx';
import { PreferenceMenus } from './preference-menus.tsx';
import { NavLists } from './side-nav.tsx';

export function TopBar({ environment }: { environment: string }) {
  const t = useTranslations('shell');
  return (
    <header className="sticky top-0 z-30 flex h-(--bar) items-center gap-2 border-line border-b bg-bg/95 px-3 backdrop-blur-sm md:px-6">
      <PhoneNav />
      <Breadcrumb />
      <div className="ml-auto flex shrink-0 items-center gap-1">
        <PaletteAndHelp />
        <span className="mr-1 max-w-40 max-lg:hidden">
          <Badge title={t('environment', { name: environment })}>{environment}</Badge>
        </span>
        <LiveIndicator />
        <div className="flex items-center max-md:hidden">
          <PreferenceMenus />
        </div>
        <AccountMenu />
      </div>
    </header>
  );
}

function PhoneNav() {
  const t = useTranslations('shell');
  const [open, setOpen] = useState(false);
  return (
    <>
      <IconButton label={t('openNavigation')} onClick={() => setOpen(true)} className="md:hidden">
        <MenuIcon aria-hidden size={18} />
      </IconButton>
      <Drawer open={open} onOpenChange={setOpen} title={<Logo />} side="left">
        <nav aria-label={t('navigation')}>
          <NavLists onGo={() => setOpen(false)} />
        </nav>
      </Drawer>
    </>
  );
}
