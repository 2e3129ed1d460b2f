'use client';

import { CloudOff } from 'lucide-react';
import { useT } from '@/components/i18n/provider';
import { Button } from '@/components/ui/button';
import { Empty } from '@/components/ui/notice';

/** When even the frame could not be drawn, as when the database is away. */
export default function RootError({ reset }: { error: Error; reset: () => void }) {
  const t = useT();
  return (
    <main className="grid min-h-dvh place-items-center">
      <Empty icon={CloudOff} title={t('error.title')} hint={t('error.hint')}>
        <Button onClick={reset}>{t('common.retry')}</Button>
      </Empty>
    </main>
  );
}
