import { trustedApiKeyId, trustedTenantId } from '@/server/domain/ids';
import type { KeyDirectory, KeyRecord } from '@/server/domain/ports';
import { KEY_QUOTA_TYPES } from '@/server/domain/quota';
import type { Sql } from './client';
import { guarded } from './failure';
import type { KeyQuotaJson } from './rows';

interface KeySqlRow {
  readonly id: string;
  readonly tenant_id: string;
  readonly status: KeyRecord['status'];
  readonly tenant_status: KeyRecord['tenantStatus'];
  readonly expires_at_ms: number | null;
  readonly allowed_models: string[] | null;
  readonly allowed_ips: string[] | null;
  readonly rpm: number | null;
  readonly tpm: number | null;
  readonly concurrency: number | null;
  readonly quotas: readonly Pick<KeyQuotaJson, 'quota_type' | 'quota_limit'>[] | null;
}

/**
 * Looks keys up by the whole digest, one parameterised query each; the cache lies in front. What a
 * key was before it was rotated is found as the key itself, and expires with its overlap.
 */
export function createPostgresKeyDirectory(sql: Sql): KeyDirectory {
  return {
    find: (digest) =>
      guarded(async () => {
        const hash = Buffer.from(digest);
        const [row] = await sql<KeySqlRow[]>`
          select k.id, k.tenant_id, k.status, t.status as tenant_status,
            (extract(epoch from case when k.key_hash = ${hash} then k.expires_at
              else least(k.expires_at, k.previous_until) end) * 1000)::float8 as expires_at_ms,
            k.allowed_models, k.allowed_ips, k.rpm, k.tpm, k.concurrency,
            (select jsonb_agg(jsonb_build_object('quota_type', q.quota_type,
                'quota_limit', q.quota_limit::text))
              from api_key_quota q where q.api_key_id = k.id) as quotas
          from api_key k join tenant t on t.id = k.tenant_id
          where k.key_hash = ${hash} or k.previous_hash = ${hash}`;
        return row === undefined ? null : keyRecord(row);
      }),
  };
}

function keyRecord(row: KeySqlRow): KeyRecord {
  const quotas = (row.quotas ?? []).flatMap((quota) => {
    const type = KEY_QUOTA_TYPES.find((known) => known === quota.quota_type);
    return type === undefined ? [] : [{ type, limit: BigInt(quota.quota_limit) }];
  });
  return {
    keyId: trustedApiKeyId(row.id),
    tenantId: trustedTenantId(row.tenant_id),
    status: row.status,
    tenantStatus: row.tenant_status,
    expiresAtMs: row.expires_at_ms,
    allowedModels: row.allowed_models === null ? null : new Set(row.allowed_models),
    allowedIps: row.allowed_ips,
    limits: { rpm: row.rpm, tpm: row.tpm, concurrency: row.concurrency, quotas },
  };
}
