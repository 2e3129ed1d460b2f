import {
  operationId,
  type TenantId,
  trustedApiKeyId,
  trustedTransactionId,
} from '@/server/domain/ids';
import { trustedDay, trustedMonth } from '@/server/domain/period';
import type { OpenHold, QuotaSnapshot } from '@/server/domain/quota';
import type { Sql } from './client';
import { type KeyQuotaJson, keyQuotaRows, type QuotaSqlRow, quotaRow } from './rows';

interface HoldJson {
  readonly id: string;
  readonly attempt: number;
  readonly api_key_id: string;
  readonly hold: string;
  readonly hold_tokens: number;
  readonly day: string;
  readonly month: string;
  readonly lease_left_ms: number;
}

interface SnapshotSqlRow extends QuotaSqlRow {
  readonly key_quotas: readonly KeyQuotaJson[] | null;
  readonly holds: readonly HoldJson[] | null;
}

export async function readSnapshot(sql: Sql, tenantId: TenantId): Promise<QuotaSnapshot | null> {
  const [snapshot] = await readSnapshots(sql, [tenantId]);
  return snapshot ?? null;
}

/**
 * Reads the quota rows, the key quotas and all PENDING holds of these tenants in one statement; one
 * without a quota row is left out.
 */
export async function readSnapshots(
  sql: Sql,
  tenantIds: readonly TenantId[],
): Promise<QuotaSnapshot[]> {
  const rows = await sql<SnapshotSqlRow[]>`
    select q.tenant_id, q.balance, q.credit_limit, q.daily_limit, q.daily_used, q.daily_date::text,
      q.monthly_limit, q.monthly_used, q.monthly_month::text, q.version,
      (select jsonb_agg(jsonb_build_object('api_key_id', k.api_key_id, 'quota_type', k.quota_type,
          'quota_limit', k.quota_limit::text, 'used', k.used::text, 'period', k.period,
          'version', k.version::text))
        from api_key_quota k join api_key a on a.id = k.api_key_id
        where a.tenant_id = q.tenant_id) as key_quotas,
      (select jsonb_agg(jsonb_build_object('id', t.id, 'attempt', t.attempt,
          'api_key_id', t.api_key_id, 'hold', t.hold::text, 'hold_tokens', t.hold_tokens,
          'day', t.day, 'month', t.month,
          'lease_left_ms', round(extract(epoch from t.lease_expires_at - clock_timestamp()) * 1000)))
        from billing_transaction t
        where t.tenant_id = q.tenant_id and t.status = 'PENDING') as holds
    from tenant_quota q where q.tenant_id = any(${[...tenantIds]}::uuid[])`;
  return rows.map((row) => ({
    quota: quotaRow(row),
    keyQuotas: keyQuotaRows(row.key_quotas),
    holds: (row.holds ?? []).map(openHold),
  }));
}

const openHold = (hold: HoldJson): OpenHold => ({
  operationId: operationId(trustedTransactionId(hold.id), hold.attempt),
  keyId: trustedApiKeyId(hold.api_key_id),
  amountNano: BigInt(hold.hold),
  tokens: hold.hold_tokens,
  requests: 1,
  day: trustedDay(hold.day),
  month: trustedMonth(hold.month),
  leaseLeftMs: hold.lease_left_ms,
});
