'use client';

import { useQuery } from '@tanstack/react-query';
import { CloudOff, SearchX } from 'lucide-react';
import { useState } from 'react';
import { useT } from '@/components/i18n/provider';
import { trpc } from '@/components/trpc/client';
import { faultOf } from '@/components/trpc/fault';
import { pollEvery } from '@/components/trpc/polling';
import { Button } from '@/components/ui/button';
import { CopyButton } from '@/components/ui/copy-button';
import { Drawer } from '@/components/ui/drawer';
import { Empty } from '@/components/ui/notice';
import { onDemand, useOnDemand } from '@/components/ui/on-demand';
import { Skeleton } from '@/components/ui/skeleton';
import type { KeyName } from './filters';

const receipts = onDemand(() => import('@/components/data/receipt/receipt'));

/** What is still held may be settled at any moment. */
const PENDING_REFRESH_MS = 2_000;

interface ReceiptDrawerProps {
  /** '': closed. */
  readonly traceId: string;
  readonly keys: readonly KeyName[];
  readonly onOpen: (traceId: string) => void;
  readonly onClose: () => void;
}

/** The receipt of a trace id beside the ledger. */
export function ReceiptDrawer({ traceId, keys, onOpen, onClose }: ReceiptDrawerProps) {
  const t = useT();
  // While it slides away it still shows what it showed.
  const [shown, setShown] = useState(traceId);
  if (traceId !== '' && traceId !== shown) setShown(traceId);
  return (
    <Drawer
      open={traceId !== ''}
      onClose={onClose}
      title={t('receipt.title')}
      lead={
        <span className="flex items-center gap-1">
          <span className="min-w-0 break-all font-mono text-sm">{shown}</span>
          <CopyButton text={shown} label={t('transactions.copyTrace')} className="-my-2" />
        </span>
      }
    >
      <Contents key={shown} traceId={shown} keys={keys} onOpen={onOpen} />
    </Drawer>
  );
}

function Contents({ traceId, keys, onOpen }: Omit<ReceiptDrawerProps, 'onClose'>) {
  const t = useT();
  const parts = useOnDemand(receipts, true);
  const { data, error, refetch } = useQuery({
    queryKey: ['portal', 'receipt', traceId],
    queryFn: () => trpc.portal.receipt.query({ traceId }),
    retry: (failures, fault) => failures < 2 && faultOf(fault) === null,
    refetchInterval: (asked) =>
      asked.state.data?.status === 'PENDING' ? pollEvery(PENDING_REFRESH_MS)(asked) : false,
  });
  if (data !== undefined && parts !== null) {
    const key = keys.find(({ id }) => id === data.apiKeyId);
    return <parts.Receipt receipt={data} keyName={key?.name ?? null} onOpen={onOpen} />;
  }
  if (error === null) return <ReceiptSkeleton />;
  if (faultOf(error)?.code === 'not_found') {
    return <Empty icon={SearchX} title={t('receipt.none')} hint={t('receipt.noneHint')} />;
  }
  return (
    <Empty icon={CloudOff} title={t('error.title')} hint={t('error.hint')}>
      <Button onClick={() => void refetch()}>{t('common.retry')}</Button>
    </Empty>
  );
}

function ReceiptSkeleton() {
  const t = useT();
  return (
    <div role="status" className="space-y-4 px-5 py-5">
      <span className="sr-only">{t('common.loading')}</span>
      <Skeleton className="h-3 w-24" />
      <Skeleton className="h-8 w-40" />
      <Skeleton className="h-24 w-full" />
      <Skeleton className="h-32 w-full" />
    </div>
  );
}
