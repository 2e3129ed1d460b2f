import { cookies, headers } from 'next/headers';
import { parseTheme, THEME_COOKIE, type Theme } from '@/components/shell/theme';
import {
  chooseLocale,
  LOCALE_COOKIE,
  type Locale,
  messagesOf,
  type Translate,
  translator,
} from '@/messages';

/** Language and theme of the request at hand, from cookies and Accept-Language. */
export async function requestPreferences(): Promise<{ locale: Locale; theme: Theme }> {
  const [jar, head] = await Promise.all([cookies(), headers()]);
  return {
    locale: chooseLocale(jar.get(LOCALE_COOKIE)?.value, head.get('accept-language')),
    theme: parseTheme(jar.get(THEME_COOKIE)?.value),
  };
}

export async function requestTranslator(): Promise<Translate> {
  return translator(messagesOf((await requestPreferences()).locale));
}
