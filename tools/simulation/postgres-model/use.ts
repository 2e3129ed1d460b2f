import { type KeyQuotaRow, type KeyQuotaType, periodOf } from '@/server/domain/quota';
import type { ChargeRow } from './database';

/** Whether a committed charge belongs to the period that a key's quota stands at. */
export const isInPeriodOf = (quota: KeyQuotaRow, { charge }: ChargeRow): boolean =>
  charge.keyId === quota.keyId && periodOf(quota.type, charge.day, charge.month) === quota.period;

/** What a committed charge takes from a key quota of a type. */
export function useOf(type: KeyQuotaType, row: ChargeRow): bigint {
  if (type.endsWith('_requests')) return 1n;
  return type.endsWith('_tokens') ? BigInt(row.inputTokens + row.outputTokens) : row.amountNano;
}
