import { TRPCClientError } from '@trpc/client';
import { z } from 'zod';
import type { Translate } from '@/messages';

const designed = z.object({
  error: z.object({ code: z.string(), param: z.string().nullable() }),
});

/** What the server said was wrong, as its code and the field; null when it was not reached. */
export function faultOf(error: unknown): { code: string; param: string | null } | null {
  const data = error instanceof TRPCClientError ? designed.safeParse(error.data) : null;
  return data?.success ? data.data.error : null;
}

/** A sentence for what a page has no words of its own for. */
export function faultText(error: unknown, t: Translate): string {
  const fault = faultOf(error);
  switch (fault?.code) {
    case undefined:
      return t('fault.unreachable');
    case 'rate_limit_exceeded':
      return t('fault.tooMany');
    case 'forbidden':
      return t('fault.forbidden');
    case 'not_found':
      return t('fault.gone');
    default:
      return fault?.param === 'email' ? t('fault.email') : t('fault.other');
  }
}
