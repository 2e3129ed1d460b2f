import type { en, MessageKey, Messages } from './en';

export type { MessageKey, Messages };

/** What a browser needs of languages; the dictionaries themselves stay on the server. */
export const LOCALES = ['en', 'zh-CN'] as const;
export type Locale = (typeof LOCALES)[number];
export const LOCALE_COOKIE = 'tallygate-locale';

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
