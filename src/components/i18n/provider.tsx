'use client';

import { createContext, type ReactNode, useContext, useMemo } from 'react';
import { type Locale, type Messages, type Translate, translator } from '@/messages/translate';

interface Language {
  readonly locale: Locale;
  readonly t: Translate;
}

const LanguageContext = createContext<Language | null>(null);

/** Gives client components the one dictionary that the server chose. */
export function LanguageProvider(props: {
  locale: Locale;
  messages: Messages;
  children: ReactNode;
}) {
  const { locale, messages } = props;
  const language = useMemo(() => ({ locale, t: translator(messages) }), [locale, messages]);
  return <LanguageContext value={language}>{props.children}</LanguageContext>;
}

export function useLanguage(): Language {
  const language = useContext(LanguageContext);
  if (language === null) throw new Error('useLanguage needs a LanguageProvider above it.');
  return language;
}

export const useT = (): Translate => useLanguage().t;
