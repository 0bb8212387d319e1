// What an operator chose for this browser: kept in cookies, read on the server, so that the first page is already right.
import { ROLES, type RoleName } from '@message-push/protocol/admin/rights';

export const COOKIES = {
  locale: 'locale',
  zone: 'zone',
  theme: 'theme',
  density: 'density',
  shortcuts: 'shortcuts',
  nav: 'nav',
  role: 'role',
} as const;

export const THEMES = ['system', 'light', 'dark'] as const;
export type Theme = (typeof THEMES)[number];
export const DENSITIES = ['comfortable', 'compact'] as const;
export type Density = (typeof DENSITIES)[number];

export interface Preferences {
  /** IANA name. */
  zone: string;
  /** Whether the zone was chosen here; else the browser's is taken at the first visit. */
  zoneKnown: boolean;
  theme: Theme;
  density: Density;
  /** Whether single keys act (`?`, `l`, `g s`, `/`, J/K). */
  shortcuts: boolean;
  /** Whether the navigation shows icons alone. */
  narrowNav: boolean;
  /** Role of who was signed in here last: what the navigation offers until the api has said who it is. Not trusted for more. */
  lastRole: RoleName | undefined;
}

/** Anything unknown becomes its default. */
export function readPreferences(cookie: (name: string) => string | undefined): Preferences {
  const zone = cookie(COOKIES.zone);
  const zoneKnown = zone !== undefined && isZone(zone);
  return {
    zone: zoneKnown ? zone : 'UTC',
    zoneKnown,
    theme: oneOf(THEMES, cookie(COOKIES.theme)),
    density: oneOf(DENSITIES, cookie(COOKIES.density)),
    shortcuts: cookie(COOKIES.shortcuts) !== 'off',
    narrowNav: cookie(COOKIES.nav) === 'narrow',
    lastRole: ROLES.find((role) => role === cookie(COOKIES.role)),
  };
}

export function isZone(name: string): boolean {
  try {
    new Intl.DateTimeFormat('en', { timeZone: name });
    return true;
  } catch {
    return false;
  }
}

/** The first one is the default. */
function oneOf<T extends string>(values: readonly [T, ...T[]], value: string | undefined): T {
  return values.find((known) => known === value) ?? values[0];
}
