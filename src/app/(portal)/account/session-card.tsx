'use client';

import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query';
import { MonitorSmartphone } from 'lucide-react';
import { useT } from '@/components/i18n/provider';
import { trpc } from '@/components/trpc/client';
import { faultText } from '@/components/trpc/fault';
import { Badge } from '@/components/ui/badge';
import { Button } from '@/components/ui/button';
import { Card, CardHeader } from '@/components/ui/card';
import { formatInstant } from '@/components/ui/format';
import { toast } from '@/components/ui/toast';
import type { Translate } from '@/messages';
import type { SessionView } from '@/server/services/accounts/sessions';
import { describeBrowser } from './browser-name';
import { SESSIONS_KEY } from './sessions-key';

export function SessionCard({ initial }: { initial: readonly SessionView[] }) {
  const t = useT();
  const client = useQueryClient();
  const { data } = useQuery({
    queryKey: SESSIONS_KEY,
    queryFn: () => trpc.account.sessions.query(),
    initialData: initial,
  });
  const settled = {
    onError: (error: unknown) => toast.bad(faultText(error, t)),
    onSettled: () => client.invalidateQueries({ queryKey: SESSIONS_KEY }),
  };
  const end = useMutation({
    mutationFn: (sessionId: string) => trpc.account.endSession.mutate({ sessionId }),
    onSuccess: () => toast.good(t('account.sessionEnded')),
    ...settled,
  });
  const endOthers = useMutation({
    mutationFn: () => trpc.account.endOtherSessions.mutate(),
    onSuccess: () => toast.good(t('account.othersEnded')),
    ...settled,
  });
  return (
    <Card>
      <CardHeader title={t('account.sessions')}>
        {data.length < 2 ? null : (
          <Button disabled={endOthers.isPending} onClick={() => endOthers.mutate()}>
            {t('account.endOthers')}
          </Button>
        )}
      </CardHeader>
      <ul className="divide-y divide-line">
        {data.map((session) => (
          <SessionRow
            key={session.id}
            session={session}
            isBusy={end.isPending}
            onEnd={() => end.mutate(session.id)}
          />
        ))}
      </ul>
    </Card>
  );
}

interface SessionRowProps {
  readonly session: SessionView;
  readonly isBusy: boolean;
  readonly onEnd: () => void;
}

function SessionRow({ session, isBusy, onEnd }: SessionRowProps) {
  const t = useT();
  return (
    <li className="flex items-center gap-4 px-4 py-3 sm:px-5">
      <MonitorSmartphone className="size-5 shrink-0 text-ink-3 max-sm:hidden" aria-hidden="true" />
      <div className="min-w-0 flex-1">
        <p className="flex flex-wrap items-center gap-x-2 gap-y-1">
          <span className="font-medium">{nameOf(session.userAgent, t)}</span>
          {session.isThis ? <Badge tone="good">{t('account.thisSession')}</Badge> : null}
        </p>
        <p className="figures break-words text-ink-2 text-sm">
          {t('account.lastSeen', { time: formatInstant(session.lastSeenAt) })}
          {session.address === null ? null : ` · ${session.address}`}
        </p>
      </div>
      {session.isThis ? null : (
        <Button disabled={isBusy} onClick={onEnd}>
          {t('account.endSession')}
        </Button>
      )}
    </li>
  );
}

function nameOf(userAgent: string | null, t: Translate): string {
  const { browser, system } = describeBrowser(userAgent ?? '');
  if (browser === null) return t('account.unknownBrowser');
  return system === null ? browser : t('account.browserOn', { browser, system });
}
