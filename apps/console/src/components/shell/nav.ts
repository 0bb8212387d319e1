// The pages of the console: where they are, what they are called, which keys lead to them, and who is offered them.
import type { Action } from '@message-push/protocol/admin/rights';
import {
  Activity,
  AppWindow,
  ArchiveX,
  CircleDotDashed,
  History,
  type LucideIcon,
  ScrollText,
  SendHorizontal,
  Settings,
  TerminalSquare,
} from 'lucide-react';

export interface NavItem {
  /** Key of its name in the catalogue `shell.page`. */
  page: 'overview' | 'send' | 'playground' | 'messages' | 'ring' | 'deadLetters' | 'apps' | 'audit' | 'settings';
  href: string;
  icon: LucideIcon;
  /** The key after `g`. */
  go: string;
  /** Without this right it is not offered. */
  needs: Action;
}

export interface NavGroup {
  /** Key of its name in the catalogue `shell.group`; absent for the first, which needs none. */
  name?: 'deliver' | 'observe' | 'manage';
  items: readonly NavItem[];
}

export const NAV: readonly NavGroup[] = [
  { items: [{ page: 'overview', href: '/', icon: Activity, go: 'o', needs: 'read' }] },
  {
    name: 'deliver',
    items: [
      { page: 'send', href: '/send', icon: SendHorizontal, go: 's', needs: 'send' },
      { page: 'playground', href: '/playground', icon: TerminalSquare, go: 't', needs: 'playground' },
    ],
  },
  {
    name: 'observe',
    items: [
      { page: 'messages', href: '/messages', icon: History, go: 'h', needs: 'read' },
      { page: 'ring', href: '/ring', icon: CircleDotDashed, go: 'r', needs: 'read' },
      { page: 'deadLetters', href: '/dead-letters', icon: ArchiveX, go: 'd', needs: 'read' },
    ],
  },
  {
    name: 'manage',
    items: [
      { page: 'apps', href: '/apps', icon: AppWindow, go: 'a', needs: 'read' },
      { page: 'audit', href: '/audit', icon: ScrollText, go: 'l', needs: 'audit' },
      { page: 'settings', href: '/settings/profile', icon: Settings, go: 'p', needs: 'read' },
    ],
  },
];

/** First part of a path → the page's name. */
export function navItemOf(pathname: string): NavItem | undefined {
  const first = pathname.split('/')[1] ?? '';
  return NAV.flatMap(({ items }) => items).find(({ href }) => href.split('/')[1] === first);
}
