// The languages of the console, and how one is chosen.

export const LOCALES = ['en', 'zh-CN'] as const;
export type Locale = (typeof LOCALES)[number];

/** The cookie's language, else the first of Accept-Language that is spoken here, else English. */
export function chooseLocale(cookie: string | undefined, acceptLanguage: string | null): Locale {
  const known = LOCALES.find((locale) => locale === cookie);
  if (known) return known;
  for (const part of (acceptLanguage ?? '').split(',')) {
    const language = part.trim().toLowerCase();
    if (language.startsWith('zh')) return 'zh-CN';
    if (language.startsWith('en')) return 'en';
  }
  return 'en';
}
