'use client';

import type { ReactNode } from 'react';
import { useT } from '../i18n/provider';
import { Card } from './card';
import { PageHeader } from './page-header';

interface PageSkeletonProps {
  readonly title: `${'keys' | 'transactions' | 'activity' | 'members' | 'account' | 'limits' | 'refusals' | 'models'}.title`;
  /** The shape of what is on the way, in a card. */
  readonly children: ReactNode;
}

/** A page while its figures are on the way: its title stands where it will stay. */
export function PageSkeleton({ title, children }: PageSkeletonProps) {
  const t = useT();
  return (
    <>
      <PageHeader title={t(title)} />
      <Card>{children}</Card>
    </>
  );
}
