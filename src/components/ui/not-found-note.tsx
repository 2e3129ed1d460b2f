'use client';

import { Compass } from 'lucide-react';
import Link from 'next/link';
import { useT } from '../i18n/provider';
import { Empty } from './notice';

export function NotFoundNote() {
  const t = useT();
  return (
    <Empty icon={Compass} title={t('notFound.title')} hint={t('notFound.hint')}>
      <Link href="/" className="rounded-sm font-medium text-accent-strong hover:underline">
        {t('notFound.home')}
      </Link>
    </Empty>
  );
}
