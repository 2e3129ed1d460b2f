import { type TenantId, trustedTenantId } from '@/server/domain/ids';
import type { Sql } from './client';

/** A tenant's quota as the quota store writes it: everything as strings, '' for no limit. */
export interface QuotaFigures {
  readonly tenantId: TenantId;
  readonly balance: string;
  readonly credit_limit: string;
  readonly daily_limit: string;
  readonly daily_used: string;
  readonly daily_date: string;
  readonly monthly_limit: string;
  readonly monthly_used: string;
  readonly monthly_month: string;
  readonly version: string;
  readonly pending: number;
  readonly keyQuotas: readonly KeyQuotaFigures[];
}

interface KeyQuotaFigures {
  /** Key id and type, as in the fields of the hash. */
  readonly name: string;
  readonly used: string;
  readonly period: string;
  readonly version: string;
}

type FiguresSqlRow = Omit<QuotaFigures, 'tenantId' | 'keyQuotas'> & {
  readonly tenant_id: string;
  readonly key_quotas: readonly KeyQuotaFigures[] | null;
};

/** The quota rows of these tenants with their key quotas, and how much is PENDING, in one statement. */
export async function readFigures(
  sql: Sql,
  tenantIds: readonly TenantId[],
): Promise<ReadonlyMap<TenantId, QuotaFigures>> {
  const rows = await sql<FiguresSqlRow[]>`
    select q.tenant_id, q.balance::text, q.credit_limit::text,
      coalesce(q.daily_limit::text, '') as daily_limit, q.daily_used::text, q.daily_date::text,
      coalesce(q.monthly_limit::text, '') as monthly_limit, q.monthly_used::text,
      q.monthly_month::text, q.version::text,
      (select count(*)::int from billing_transaction t
        where t.tenant_id = q.tenant_id and t.status = 'PENDING') as pending,
      (select jsonb_agg(jsonb_build_object('name', k.api_key_id || ':' || k.quota_type,
          'used', k.used::text, 'period', k.period, 'version', k.version::text))
        from api_key_quota k join api_key a on a.id = k.api_key_id
        where a.tenant_id = q.tenant_id) as key_quotas
    from tenant_quota q where q.tenant_id = any(${[...tenantIds]}::uuid[])`;
  return new Map(
    rows.map(({ tenant_id, key_quotas, ...row }) => {
      const tenantId = trustedTenantId(tenant_id);
      return [tenantId, { ...row, tenantId, keyQuotas: key_quotas ?? [] }];
    }),
  );
}
