'use client';

import { useSyncExternalStore } from 'react';
import { useLanguage } from '../i18n/provider';
import { formatInstant } from '../ui/format';

const never = () => () => undefined;

/** False while the server draws, and for the browser's first draw, which must be the same. */
const useIsInBrowser = (): boolean =>
  useSyncExternalStore(
    never,
    () => true,
    () => false,
  );

/** The viewer's time zone by its name; null until the browser has told it. */
export function useTimeZone(): string | null {
  return useIsInBrowser() ? Intl.DateTimeFormat().resolvedOptions().timeZone : null;
}

/** An instant in the viewer's own time zone, which it names; in UTC until the browser tells which. */
export function LocalTime({ iso, className = '' }: { iso: string; className?: string }) {
  const { locale } = useLanguage();
  const isInBrowser = useIsInBrowser();
  const text = isInBrowser
    ? new Intl.DateTimeFormat(locale, {
        year: 'numeric',
        month: 'short',
        day: 'numeric',
        hour: '2-digit',
        minute: '2-digit',
        timeZoneName: 'short',
      }).format(new Date(iso))
    : `${formatInstant(iso).slice(0, 16)} UTC`;
  return (
    <time dateTime={iso} className={`figures ${className}`}>
      {text}
    </time>
  );
}
