'use client';
// What the palette offers: pages, actions, things by their id, what was opened last. Only what the operator may do.
import {
  AppWindow,
  ArrowRight,
  CircleDotDashed,
  Clock3,
  Keyboard,
  Languages,
  LogOut,
  type LucideIcon,
  MoonStar,
  Radio,
  Route,
  Search,
  SendHorizontal,
  Split,
  Sun,
  UserRound,
} from 'lucide-react';
import { useRouter } from 'next/navigation';
import { useLocale, useTranslations } from 'next-intl';
import { NAV } from '@/components/shell/nav.ts';
import { LANGUAGE_NAMES } from '@/components/shell/preference-menus.tsx';
import { useApps } from '@/lib/apps.ts';
import { useLive } from '@/lib/live.tsx';
import { useCan } from '@/lib/session.ts';
import { useLeave } from '@/lib/use-leave.ts';
import { usePreferences } from '@/lib/use-preferences.tsx';
import { fits } from './fuzzy.ts';
import { readRecent } from './recent.ts';

export const GROUPS = ['recent', 'find', 'go', 'do', 'apps'] as const;
export type Group = (typeof GROUPS)[number];

export interface Command {
  id: string;
  group: Group;
  label: string;
  keywords: string;
  icon: LucideIcon;
  /** Keys that do the same, shown beside it. */
  keys?: string;
  act(): void;
}

const MESSAGE_ID = /^[0-9a-f]{32}$/;
const SHOWN_MAX = 40;

/** The commands for a typed text, the best first within their groups. */
export function useCommands(query: string, openHelp: () => void): Command[] {
  const typed = query.trim();
  const all = [...usePages(), ...useActions(openHelp), ...useAppCommands()];
  const recent = useRecent();
  const found = useFound(typed);
  if (typed === '') return [...recent, ...all.filter(({ group }) => group !== 'apps')];
  const scored = [...recent, ...all]
    .map((command) => ({ command, score: fits(typed, command.label, command.keywords) }))
    .filter(({ score }) => score > 0)
    .sort((a, b) => b.score - a.score)
    .map(({ command }) => command);
  // A message's id is meant as one; anything else is rather a name of a page.
  const ordered = MESSAGE_ID.test(typed) ? [...found, ...scored] : [...scored, ...found];
  return ordered.slice(0, SHOWN_MAX);
}

function usePages(): Command[] {
  const t = useTranslations('palette');
  const names = useTranslations('shell.page');
  const router = useRouter();
  const can = useCan();
  const pages = NAV.flatMap(({ items }) => items)
    .filter(({ needs }) => can(needs))
    .map(
      ({ page, href, icon, go }): Command => ({
        id: `go-${page}`,
        group: 'go',
        label: names(page),
        keywords: t(`keywords.${page}`),
        icon,
        keys: `g ${go}`,
        act: () => router.push(href),
      }),
    );
  const settings = (['security', 'operators'] as const).filter((page) => page !== 'operators' || can('operators'));
  return [
    ...pages,
    ...settings.map(
      (page): Command => ({
        id: `go-${page}`,
        group: 'go',
        label: names(page),
        keywords: t(`keywords.${page}`),
        icon: ArrowRight,
        act: () => router.push(`/settings/${page}`),
      }),
    ),
  ];
}

function useActions(openHelp: () => void): Command[] {
  const t = useTranslations('palette');
  const router = useRouter();
  const locale = useLocale();
  const can = useCan();
  const { theme, choose } = usePreferences();
  const live = useLive();
  const leave = useLeave();
  const other = locale === 'en' ? 'zh-CN' : 'en';
  const paused = live.state.kind === 'paused';
  const action = (name: ActionName, icon: LucideIcon, label: string, act: () => void, keys?: string): Command => ({
    id: `do-${name}`,
    group: 'do',
    label,
    keywords: t(`keywords.${name}`),
    icon,
    act,
    ...(keys === undefined ? {} : { keys }),
  });
  return [
    ...(can('send')
      ? [action('sendMessage', SendHorizontal, t('action.sendMessage'), () => router.push('/send'))]
      : []),
    action('simulateDrain', Split, t('action.simulateDrain'), () => router.push('/ring#what-if')),
    action('live', Radio, t(`action.${paused ? 'resume' : 'pause'}`), live.toggle, 'l'),
    action('language', Languages, t('action.language', { name: LANGUAGE_NAMES[other] }), () => choose('locale', other)),
    ...(theme === 'light' ? [] : [action('light', Sun, t('action.light'), () => choose('theme', 'light'))]),
    ...(theme === 'dark' ? [] : [action('dark', MoonStar, t('action.dark'), () => choose('theme', 'dark'))]),
    action('help', Keyboard, t('action.help'), openHelp, '?'),
    action('signOut', LogOut, t('action.signOut'), leave),
  ];
}

type ActionName = 'sendMessage' | 'simulateDrain' | 'live' | 'language' | 'light' | 'dark' | 'help' | 'signOut';

function useAppCommands(): Command[] {
  const t = useTranslations('palette');
  const router = useRouter();
  const apps = useApps().data ?? [];
  return apps.map(({ id, name }) => ({
    id: `app-${id}`,
    group: 'apps',
    label: t('openApp', { name }),
    keywords: `${id} ${name}`,
    icon: AppWindow,
    act: () => router.push(`/apps/${encodeURIComponent(id)}`),
  }));
}

function useRecent(): Command[] {
  const t = useTranslations('palette');
  const router = useRouter();
  return readRecent().map(({ kind, name, href }) => ({
    id: `recent-${href}`,
    group: 'recent',
    label: t(`recent.${kind}`, { name }),
    keywords: name,
    icon: Clock3,
    act: () => router.push(href),
  }));
}

/** What a text may be: a message's id, a person, words of a message. */
function useFound(typed: string): Command[] {
  const t = useTranslations('palette');
  const router = useRouter();
  if (typed === '') return [];
  const one = (id: string, icon: LucideIcon, label: string, href: string): Command => ({
    id: `find-${id}`,
    group: 'find',
    label,
    keywords: '',
    icon,
    act: () => router.push(href),
  });
  if (MESSAGE_ID.test(typed)) return [one('message', Route, t('find.message', { id: typed }), `/messages/${typed}`)];
  const text = encodeURIComponent(typed);
  const words = one('words', Search, t('find.words', { text: typed }), `/messages?q=${text}`);
  if (/\s/.test(typed)) return [words];
  return [
    words,
    one('user', UserRound, t('find.user', { uid: typed }), `/users/${text}`),
    one('uid', CircleDotDashed, t('find.uid', { uid: typed }), `/ring?uid=${text}`),
  ];
}
