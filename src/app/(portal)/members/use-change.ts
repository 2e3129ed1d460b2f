'use client';

import { useMutation, useQueryClient } from '@tanstack/react-query';
import { useT } from '@/components/i18n/provider';
import { faultText } from '@/components/trpc/fault';
import { toast } from '@/components/ui/toast';
import { MEMBERS_KEY } from './members-key';

/** One change of the members: said when it is done, or why it is not, and the list read anew. */
export function useChange<Input>(
  change: (input: Input) => Promise<unknown>,
  said: (input: Input) => string,
) {
  const t = useT();
  const client = useQueryClient();
  return useMutation({
    mutationFn: change,
    onSuccess: (_, input) => toast.good(said(input)),
    onError: (error) => toast.bad(faultText(error, t)),
    onSettled: () => client.invalidateQueries({ queryKey: MEMBERS_KEY }),
  });
}
