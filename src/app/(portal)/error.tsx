'use client';

import { CloudOff } from 'lucide-react';
import { useT } from '@/components/i18n/provider';
import { Button } from '@/components/ui/button';
import { Card } from '@/components/ui/card';
import { Empty } from '@/components/ui/notice';

/** A page that failed to load, inside the frame; the error itself stays on the server. */
export default function PortalError({ reset }: { error: Error; reset: () => void }) {
  const t = useT();
  return (
    <Card>
      <Empty icon={CloudOff} title={t('error.title')} hint={t('error.hint')}>
        <Button onClick={reset}>{t('common.retry')}</Button>
      </Empty>
    </Card>
  );
}
