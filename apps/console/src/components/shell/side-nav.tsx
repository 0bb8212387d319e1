'use client';
// The pages, in groups; icons alone when it is narrow.
import { type Action, may as roleMay } from '@message-push/protocol/admin/rights';
import { PanelLeftClose, PanelLeftOpen } from 'lucide-react';
import Link from 'next/link';
import { usePathname } from 'next/navigation';
import { useTranslations } from 'next-intl';
import { useEffect } from 'react';
import { IconButton } from '@/components/ui/button.tsx';
import { cx } from '@/components/ui/class-names.ts';
import { Tooltip } from '@/components/ui/tooltip.tsx';
import { COOKIES } from '@/lib/preferences.ts';
import { useCan, useSession } from '@/lib/session.ts';
import { keep, usePreferences } from '@/lib/use-preferences.tsx';
import { Logo } from './logo.tsx';
import { NAV, type NavItem, navItemOf } from './nav.ts';

export function SideNav() {
  const t = useTranslations('shell');
  const { narrowNav, choose } = usePreferences();
  const Icon = narrowNav ? PanelLeftOpen : PanelLeftClose;
  return (
    <nav
      aria-label={t('navigation')}
      className={cx(
        'sticky top-0 flex h-dvh shrink-0 flex-col border-line border-r bg-bg max-md:hidden',
        narrowNav ? 'w-14' : 'w-56',
      )}
    >
      <div className="flex h-(--bar) shrink-0 items-center px-4">
        <Logo small={narrowNav} />
      </div>
      <NavLists narrow={narrowNav} />
      <div className={cx('border-line border-t p-2', narrowNav && 'flex justify-center')}>
        <IconButton
          label={narrowNav ? t('widen') : t('narrow')}
          aria-expanded={!narrowNav}
          onClick={() => choose('nav', narrowNav ? 'wide' : 'narrow')}
        >
          <Icon aria-hidden size={16} />
        </IconButton>
      </div>
    </nav>
  );
}

/** `onGo` is called when a page was chosen: a drawer closes then. */
export function NavLists({ narrow = false, onGo }: { narrow?: boolean; onGo?: () => void }) {
  const t = useTranslations('shell');
  const may = useMay();
  const groups = NAV.map(({ name, items }) => ({
    name,
    items: items.filter(({ needs }) => may(needs)),
  })).filter(({ items }) => items.length > 0);
  return (
    <div className="flex-1 space-y-4 overflow-y-auto px-2 py-2">
      {groups.map(({ name, items }) => (
        <div key={name ?? 'first'}>
          {name && !narrow && (
            <p id={`nav-${name}`} className="px-2 pb-1 font-medium text-faint text-xs">
              {t(`group.${name}`)}
            </p>
          )}
          {name && narrow && <div aria-hidden className="mx-2 mb-3 border-line border-t" />}
          <ul aria-labelledby={name && !narrow ? `nav-${name}` : undefined} className="space-y-0.5">
            {items.map((item) => (
              <Entry key={item.href} item={item} narrow={narrow} onGo={onGo} />
            ))}
          </ul>
        </div>
      ))}
    </div>
  );
}

/** Until it is known who is signed in, what the one before was offered, so that entries don't come one after another. */
function useMay(): (action: Action) => boolean {
  const can = useCan();
  const { lastRole } = usePreferences();
  const role = useSession().data?.operator.role;
  useEffect(() => {
    if (role !== undefined && role !== lastRole) keep(COOKIES.role, role);
  }, [role, lastRole]);
  return (action) => (role === undefined ? roleMay(lastRole ?? 'viewer', action) : can(action));
}

function Entry({ item, narrow, onGo }: { item: NavItem; narrow: boolean; onGo: (() => void) | undefined }) {
  const t = useTranslations('shell');
  const current = navItemOf(usePathname()) === item;
  const { icon: Icon, href, page } = item;
  const link = (
    <Link
      href={href}
      onClick={() => onGo?.()}
      aria-current={current ? 'page' : undefined}
      className={cx(
        'flex h-8 items-center gap-2.5 rounded-md px-2 font-medium -outline-offset-2 max-md:h-10',
        narrow && 'justify-center',
        current ? 'bg-accent-tint text-accent forced-colors:outline' : 'text-muted hover:bg-hover hover:text-text',
      )}
    >
      <Icon aria-hidden size={16} className="shrink-0" />
      <span className={narrow ? 'sr-only' : 'truncate'}>{t(`page.${page}`)}</span>
    </Link>
  );
  return (
    <li>
      {narrow ? (
        <Tooltip text={t(`page.${page}`)} side="right">
          {link}
        </Tooltip>
      ) : (
        link
      )}
    </li>
  );
}
