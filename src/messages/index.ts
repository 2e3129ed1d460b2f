import { en, type MessageKey, type Messages } from './en';
import { zhCN } from './zh-CN';

export type { MessageKey, Messages };

export const LOCALES = ['en', 'zh-CN'] as const;
export type Locale = (typeof LOCALES)[number];
export const LOCALE_COOKIE = 'tallygate-locale';

const DICTIONARIES: Readonly<Record<Locale, Messages>> = { en, 'zh-CN': zhCN };

export const messagesOf = (locale: Locale): Messages => DICTIONARIES[locale];

type Placeholder<Text extends string> = Text extends `${string}{${infer Name}}${infer Rest}`
  ? Name | Placeholder<Rest>
  : never;
type Values<Key extends MessageKey> = Readonly<
  Record<Placeholder<(typeof en)[Key]>, string | number>
>;
type Arguments<Key extends MessageKey> = [Placeholder<(typeof en)[Key]>] extends [never]
  ? []
  : [values: Values<Key>];

/** Looks a sentence up and fills in its placeholders, which the types demand. */
export type Translate = <Key extends MessageKey>(key: Key, ...values: Arguments<Key>) => string;

export function translator(messages: Messages): Translate {
  return (key, ...[values]) => {
    const text = messages[key];
    if (values === undefined) return text;
    const filled: Readonly<Record<string, string | number>> = values;
    return text.replace(/\{(\w+)\}/g, (whole, name: string) => String(filled[name] ?? whole));
  };
}

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
