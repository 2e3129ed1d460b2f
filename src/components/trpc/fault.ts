import { TRPCClientError } from '@trpc/client';
import type { Translate } from '@/messages';
import type { AppRouter } from '@/server/api/root';

const isOurs = (error: unknown): error is TRPCClientError<AppRouter> =>
  error instanceof TRPCClientError;

/** What the server said was wrong, as its code and the field; null when it was not reached. */
export function faultOf(error: unknown): { code: string; param: string | null } | null {
  return isOurs(error) ? (error.data?.error ?? null) : null;
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
