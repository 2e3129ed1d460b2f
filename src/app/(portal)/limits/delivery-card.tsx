'use client';

import { keepPreviousData, useMutation, useQuery, useQueryClient } from '@tanstack/react-query';
import { RotateCw } from 'lucide-react';
import { useState } from 'react';
import { csvHref } from '@/components/data/csv-href';
import { ExportButton } from '@/components/data/export-button';
import { LocalTime } from '@/components/data/local-time';
import { useT } from '@/components/i18n/provider';
import { trpc } from '@/components/trpc/client';
import { faultText } from '@/components/trpc/fault';
import { FRESH_MS, pollEvery } from '@/components/trpc/polling';
import { Badge, type Tone } from '@/components/ui/badge';
import { Button, IconButton } from '@/components/ui/button';
import { Card, CardHeader } from '@/components/ui/card';
import { Segmented } from '@/components/ui/segmented';
import { toast } from '@/components/ui/toast';
import type { DeliveryStatus } from '@/server/domain/ports/outbox';
import type { DeliveryPage, DeliveryView } from '@/server/services/outbox/deliveries';
import { deliveryFault, eventName } from './delivery-words';
import { DELIVERIES_KEY } from './query-keys';

const BUSY_REFRESH_MS = 1_500;
const REFRESH_MS = 10_000;
const CHOICES = ['all', 'waiting', 'sent', 'failed'] as const;
type Choice = (typeof CHOICES)[number];

const TONES: Readonly<Record<DeliveryStatus, Tone>> = {
  waiting: 'waiting',
  sent: 'good',
  failed: 'bad',
};

interface DeliveryCardProps {
  readonly initial: DeliveryPage;
  readonly mayChange: boolean;
}

/** What was sent in the last 30 days, and what became of it. */
export function DeliveryCard({ initial, mayChange }: DeliveryCardProps) {
  const t = useT();
  const [choice, setChoice] = useState<Choice>('all');
  const [cursors, setCursors] = useState<readonly string[]>([]);
  const cursor = cursors.at(-1);
  const filter = choice === 'all' ? {} : { status: choice };
  const isFirst = choice === 'all' && cursor === undefined;
  const { data = initial } = useQuery({
    queryKey: [...DELIVERIES_KEY, choice, cursor ?? ''],
    queryFn: () =>
      trpc.portal.deliveries.list.query({
        ...filter,
        ...(cursor === undefined ? {} : { cursor }),
      }),
    ...(isFirst ? { initialData: initial } : {}),
    placeholderData: keepPreviousData,
    staleTime: FRESH_MS,
    refetchInterval: (asked) => {
      const isBusy = asked.state.data?.items.some(({ status }) => status === 'waiting') ?? false;
      return pollEvery(isBusy ? BUSY_REFRESH_MS : REFRESH_MS)(asked);
    },
  });
  const choose = (next: Choice) => {
    setChoice(next);
    setCursors([]);
  };
  return (
    <Card>
      <CardHeader title={t('delivery.title')}>
        <div className="flex flex-wrap items-center gap-2">
          <Segmented
            label={t('delivery.show')}
            value={choice}
            onChange={choose}
            options={CHOICES.map((value) => ({ value, label: t(`delivery.${value}`) }))}
          />
          <ExportButton
            href={() => csvHref('/api/portal/deliveries.csv', filter)}
            name="deliveries"
          />
        </div>
      </CardHeader>
      {data.items.length === 0 ? (
        <p className="px-4 py-8 text-center text-ink-2 sm:px-5">
          {t(choice === 'all' ? 'delivery.empty' : 'delivery.noMatch')}
        </p>
      ) : (
        <ul className="divide-y divide-line">
          {data.items.map((item) => (
            <DeliveryRow key={item.id} item={item} mayChange={mayChange} />
          ))}
        </ul>
      )}
      {cursors.length === 0 && data.nextCursor === null ? null : (
        <footer className="flex justify-end gap-2 border-line border-t px-4 py-3 sm:px-5">
          <Button disabled={cursors.length === 0} onClick={() => setCursors([])}>
            {t('delivery.newest')}
          </Button>
          <Button
            disabled={data.nextCursor === null}
            onClick={() => setCursors([...cursors, data.nextCursor ?? ''])}
          >
            {t('delivery.older')}
          </Button>
        </footer>
      )}
    </Card>
  );
}

function DeliveryRow({ item, mayChange }: { item: DeliveryView; mayChange: boolean }) {
  const t = useT();
  const client = useQueryClient();
  const again = useMutation({
    mutationFn: () => trpc.portal.deliveries.redeliver.mutate({ deliveryId: item.id }),
    onError: (error) => toast.bad(faultText(error, t)),
    onSettled: () => client.invalidateQueries({ queryKey: DELIVERIES_KEY }),
  });
  return (
    <li className="flex items-start gap-3 px-4 py-3 sm:px-5">
      <div className="min-w-0 flex-1">
        <p className="flex flex-wrap items-center gap-x-2 gap-y-1">
          <span className="font-medium">{eventName(item.event, t)}</span>
          <Badge tone={TONES[item.status]}>{t(`delivery.${item.status}`)}</Badge>
        </p>
        <p className="break-words text-ink-2 text-sm">
          {t(`delivery.by.${item.channel}`, { recipient: item.recipient ?? '' })} ·{' '}
          <LocalTime iso={item.endedAt ?? item.createdAt} />
        </p>
        {item.fault === null ? null : (
          <p className="mt-0.5 text-danger text-sm">
            {deliveryFault(item.fault, t)}{' '}
            {item.nextAttemptAt === null ? null : (
              <span className="text-ink-2">
                {t('delivery.next')} <LocalTime iso={item.nextAttemptAt} />
              </span>
            )}
          </p>
        )}
      </div>
      {mayChange && item.status !== 'waiting' ? (
        <IconButton
          label={t('delivery.again')}
          disabled={again.isPending}
          onClick={() => again.mutate()}
        >
          <RotateCw className="size-4" aria-hidden="true" />
        </IconButton>
      ) : null}
    </li>
  );
}
