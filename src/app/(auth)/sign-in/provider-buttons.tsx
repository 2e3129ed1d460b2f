'use client';

import { useT } from '@/components/i18n/provider';
import { signInByProvider } from '@/components/session/next-auth';
import { Button } from '@/components/ui/button';

const NAMES = { github: 'GitHub', google: 'Google' } as const;

/** The other houses whose word is taken; nothing where none is set up. */
export function ProviderButtons(props: {
  providers: readonly (keyof typeof NAMES)[];
  next: string;
}) {
  const t = useT();
  if (props.providers.length === 0) return null;
  return (
    <div className="mt-6 space-y-3">
      <p className="flex items-center gap-3 text-ink-3 text-sm before:h-px before:flex-1 before:bg-line after:h-px after:flex-1 after:bg-line">
        {t('signIn.or')}
      </p>
      {props.providers.map((provider) => (
        <Button
          key={provider}
          className="h-10 w-full"
          onClick={() => void signInByProvider(provider, props.next)}
        >
          {t('signIn.with', { provider: NAMES[provider] })}
        </Button>
      ))}
    </div>
  );
}
