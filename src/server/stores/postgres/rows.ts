import { trustedApiKeyId, trustedTenantId } from '@/server/domain/ids';
import { trustedDay, trustedMonth } from '@/server/domain/period';
import { KEY_QUOTA_TYPES, type KeyQuotaRow, type QuotaRow } from '@/server/domain/quota';

/** `tenant_quota` as postgres.js gives it: int8 as bigint, dates selected as text. */
export interface QuotaSqlRow {
  readonly tenant_id: string;
  readonly balance: bigint;
  readonly credit_limit: bigint;
  readonly daily_limit: number | null;
  readonly daily_used: number;
  readonly daily_date: string;
  readonly monthly_limit: number | null;
  readonly monthly_used: number;
  readonly monthly_month: string;
  readonly version: bigint;
}

export const quotaRow = (row: QuotaSqlRow): QuotaRow => ({
  tenantId: trustedTenantId(row.tenant_id),
  balanceNano: row.balance,
  creditLimitNano: row.credit_limit,
  dailyLimit: row.daily_limit,
  dailyUsed: row.daily_used,
  dailyDate: trustedDay(row.daily_date),
  monthlyLimit: row.monthly_limit,
  monthlyUsed: row.monthly_used,
  monthlyMonth: trustedMonth(row.monthly_month),
  version: Number(row.version),
});

/** `api_key_quota` out of a jsonb aggregate: int8 as text, so that no digit is lost. */
export interface KeyQuotaJson {
  readonly api_key_id: string;
  readonly quota_type: string;
  readonly quota_limit: string;
  readonly used: string;
  readonly period: string;
  readonly version: string;
}

export function keyQuotaRows(rows: readonly KeyQuotaJson[] | null): KeyQuotaRow[] {
  return (rows ?? []).flatMap((row) => {
    const type = KEY_QUOTA_TYPES.find((known) => known === row.quota_type);
    if (type === undefined) return [];
    return [
      {
        keyId: trustedApiKeyId(row.api_key_id),
        type,
        limit: BigInt(row.quota_limit),
        used: BigInt(row.used),
        period: row.period,
        version: Number(row.version),
      },
    ];
  });
}
