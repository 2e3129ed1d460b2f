'use client';

import { Languages, Monitor, Moon, Sun } from 'lucide-react';
import { useRouter } from 'next/navigation';
import { useState } from 'react';
import { LOCALE_COOKIE } from '@/messages/translate';
import { useLanguage } from '../i18n/provider';
import { IconButton } from '../ui/button';
import { rememberPreference, THEME_COOKIE, THEMES, type Theme } from './theme';

const ICONS = { system: Monitor, light: Sun, dark: Moon } as const;

/** Language and theme. Both live in cookies, so that the server renders them without a flash. */
export function Preferences({ theme: initialTheme }: { theme: Theme }) {
  const { locale, t } = useLanguage();
  const router = useRouter();
  const [theme, setTheme] = useState(initialTheme);
  const Icon = ICONS[theme];

  const nextTheme = () => {
    const next = THEMES[(THEMES.indexOf(theme) + 1) % THEMES.length] ?? 'system';
    setTheme(next);
    document.documentElement.dataset.theme = next;
    rememberPreference(THEME_COOKIE, next);
  };
  const switchLanguage = () => {
    rememberPreference(LOCALE_COOKIE, locale === 'en' ? 'zh-CN' : 'en');
    router.refresh();
  };
  return (
    <div className="flex items-center">
      <IconButton label={t('prefs.language')} onClick={switchLanguage}>
        <Languages className="size-4" aria-hidden="true" />
      </IconButton>
      <IconButton
        label={t('prefs.theme', { theme: t(`prefs.theme.${theme}`) })}
        onClick={nextTheme}
      >
        <Icon className="size-4" aria-hidden="true" />
      </IconButton>
    </div>
  );
}
