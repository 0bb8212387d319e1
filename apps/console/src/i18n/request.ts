// Gives each request its language, its time zone and the texts of all areas.
import { cookies, headers } from 'next/headers';
import type { Messages } from 'next-intl';
import { getRequestConfig } from 'next-intl/server';
import { COOKIES, readPreferences } from '../lib/preferences.ts';
import { chooseLocale, type Locale } from './locales.ts';
import { NAMESPACES } from './namespaces.ts';
import type {} from './types.ts';

export default getRequestConfig(async () => {
  const jar = await cookies();
  const locale = chooseLocale(jar.get(COOKIES.locale)?.value, (await headers()).get('accept-language'));
  const { zone } = readPreferences((name) => jar.get(name)?.value);
  return { locale, messages: await messagesOf(locale), timeZone: zone };
});

async function messagesOf(locale: Locale): Promise<Messages> {
  const files = NAMESPACES.map(async (area) => [area, (await import(`../../messages/${locale}/${area}.json`)).default]);
  return Object.fromEntries(await Promise.all(files)); // src/i18n/catalogues.test.ts checks the files against each other
}
