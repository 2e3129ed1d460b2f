'use client';

import Link from 'next/link';
import { useT } from '@/components/i18n/provider';
import { Alert } from '@/components/ui/notice';

interface DeadLinkProps {
  readonly fault: string | null;
  readonly code: string | null;
  readonly isBusy: boolean;
  /** Where another link is asked for. */
  readonly again: string;
}

/** What a link's page says when the link did not work. */
export function DeadLink({ fault, code, isBusy, again }: DeadLinkProps) {
  const t = useT();
  if (fault === null || isBusy) return null;
  if (code !== 'not_found') return <Alert tone="bad">{fault}</Alert>;
  return (
    <Alert tone="bad">
      <p className="font-medium">{t('link.dead')}</p>
      <Link href={again} className="rounded-sm underline">
        {t('link.deadHint')}
      </Link>
    </Alert>
  );
}
