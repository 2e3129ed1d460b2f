import { randomBytes } from 'node:crypto';
import { type ApiKeyId, newApiKeyId, newTenantId, type TenantId } from '@/server/domain/ids';
import type { Sql } from '@/server/stores/postgres/client';

const BALANCE_NANO = '1000000000000000';

/** A tenant and a key of theirs. */
export interface Account {
  readonly tenantId: TenantId;
  readonly keyId: ApiKeyId;
}

/** Makes so many tenants who can pay for all of it, each with one key. */
export async function makeAccounts(sql: Sql, count: number): Promise<readonly Account[]> {
  const accounts = Array.from({ length: count }, () => ({
    tenantId: newTenantId(),
    keyId: newApiKeyId(),
  }));
  const tenants = accounts.map(({ tenantId }) => tenantId);
  const keys = accounts.map(({ keyId }) => keyId);
  const hashes = accounts.map(() => randomBytes(32).toString('hex'));
  await sql`insert into tenant (id, name) select unnest(${tenants}::uuid[]), 'bench'`;
  await sql`
    insert into tenant_quota (tenant_id, balance)
    select unnest(${tenants}::uuid[]), ${BALANCE_NANO}::bigint`;
  await sql`
    insert into api_key (id, tenant_id, name, key_hash, key_prefix)
    select k, t, 'bench', decode(h, 'hex'), 'tg-bench'
    from unnest(${keys}::uuid[], ${tenants}::uuid[], ${hashes}::text[]) as made(k, t, h)`;
  return accounts;
}
