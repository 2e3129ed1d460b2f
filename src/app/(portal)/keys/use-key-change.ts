'use client';

import { useMutation, useQueryClient } from '@tanstack/react-query';
import { TRPCClientError } from '@trpc/client';
import { useT } from '@/components/i18n/provider';
import type { AppRouter } from '@/server/api/root';

export const KEYS_QUERY = ['portal', 'keys'] as const;

/** A change of a key: when it is done, the list is read anew before `onDone` is told. */
export function useKeyChange<Input, Output>(
  change: (input: Input) => Promise<Output>,
  onDone: (output: Output, input: Input) => void,
) {
  const client = useQueryClient();
  return useMutation({
    mutationFn: change,
    async onSuccess(output, input) {
      onDone(output, input);
      await client.invalidateQueries({ queryKey: KEYS_QUERY });
    },
  });
}

/** Why a change did not happen, in words for whoever asked for it. */
export function useFaultText(): (error: unknown) => string {
  const t = useT();
  return (error) =>
    error instanceof TRPCClientError && isOurs(error)
      ? t('keys.refused', { reason: error.message })
      : t('keys.unreachable');
}

const isOurs = (error: TRPCClientError<AppRouter>): boolean =>
  error.data?.error !== undefined && error.data.httpStatus < 500;
