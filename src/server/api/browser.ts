import { chooseLocale, LOCALE_COOKIE, type Locale } from '@/messages';

/** A cookie of the request, as it was sent. */
export function cookieOf(headers: Headers, name: string): string | undefined {
  for (const part of (headers.get('cookie') ?? '').split(';')) {
    const at = part.indexOf('=');
    if (at > 0 && part.slice(0, at).trim() === name) return part.slice(at + 1).trim();
  }
  return undefined;
}

/** The language that whoever asks reads. */
export const requestLanguage = (headers: Headers): Locale =>
  chooseLocale(cookieOf(headers, LOCALE_COOKIE), headers.get('accept-language'));
