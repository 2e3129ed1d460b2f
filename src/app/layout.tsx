import type { Metadata, Viewport } from 'next';
import type { ReactNode } from 'react';
import { LanguageProvider } from '@/components/i18n/provider';
import { messagesOf } from '@/messages';
import '@fontsource-variable/geist/wght.css';
import '@fontsource-variable/geist-mono/wght.css';
import './globals.css';
import { requestPreferences } from './preferences';

export const metadata: Metadata = {
  title: { default: 'Tallygate', template: '%s · Tallygate' },
  robots: { index: false, follow: false },
};

export const viewport: Viewport = {
  width: 'device-width',
  initialScale: 1,
  viewportFit: 'cover',
  themeColor: [
    { media: '(prefers-color-scheme: light)', color: '#fafaf8' },
    { media: '(prefers-color-scheme: dark)', color: '#0b0d0b' },
  ],
};

export default async function RootLayout({ children }: { children: ReactNode }) {
  const { locale, theme } = await requestPreferences();
  return (
    <html lang={locale} data-theme={theme}>
      <body>
        <LanguageProvider locale={locale} messages={messagesOf(locale)}>
          {children}
        </LanguageProvider>
      </body>
    </html>
  );
}
