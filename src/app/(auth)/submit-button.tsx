'use client';

import { LoaderCircle } from 'lucide-react';
import type { ReactNode } from 'react';
import { Button } from '@/components/ui/button';

export function SubmitButton(props: { isBusy: boolean; busyText?: string; children: ReactNode }) {
  return (
    <Button type="submit" look="primary" disabled={props.isBusy} className="h-10 w-full">
      {props.isBusy ? <LoaderCircle className="size-4 animate-spin" aria-hidden="true" /> : null}
      {props.isBusy ? (props.busyText ?? props.children) : props.children}
    </Button>
  );
}
