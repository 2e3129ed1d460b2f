'use client';

import { useT } from '../i18n/provider';
import { Badge, type Tone } from '../ui/badge';

type Status = 'PENDING' | 'COMMITTED' | 'VOIDED';

const TONES: Readonly<Record<Status, Tone>> = {
  PENDING: 'waiting',
  COMMITTED: 'good',
  VOIDED: 'muted',
};

export function StatusBadge({ status }: { status: Status }) {
  const t = useT();
  return <Badge tone={TONES[status]}>{t(`status.${status}`)}</Badge>;
}
