import { en } from './en';
import { LOCALES, type Locale, type Messages } from './translate';
import { zhCN } from './zh-CN';

export * from './translate';

const DICTIONARIES: Readonly<Record<Locale, Messages>> = { en, 'zh-CN': zhCN };

export const messagesOf = (locale: Locale): Messages => DICTIONARIES[locale];

/** The user's choice if there is one, else the first language they accept that we speak. */
export function chooseLocale(cookie: string | undefined, acceptLanguage: string | null): Locale {
  const chosen = LOCALES.find((locale) => locale === cookie);
  if (chosen !== undefined) return chosen;
  for (const entry of (acceptLanguage ?? '').split(',')) {
    const tag = entry.split(';')[0]?.trim().toLowerCase() ?? '';
    if (tag.startsWith('zh')) return 'zh-CN';
    if (tag.startsWith('en')) return 'en';
  }
  return 'en';
}
