import type { Translate } from '@/messages/translate';
import { describeBrowser } from '../account/browser-name';

/** What asked, in words people know, or as it calls itself. */
export function browserText(userAgent: string, t: Translate): string {
  const { browser, system } = describeBrowser(userAgent);
  if (browser === null) return userAgent;
  return system === null ? browser : t('account.browserOn', { browser, system });
}
