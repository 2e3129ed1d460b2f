import type { ApiKeyId, TenantId, TransactionId } from '../../src/server/domain/ids';
import type { Ledger } from '../../src/server/domain/ports';
import type { PortalReader } from '../../src/server/domain/ports/portal';
import { createPostgresClient, type Sql } from '../../src/server/stores/postgres/client';
import { createPostgresLedger } from '../../src/server/stores/postgres/ledger';
import { createPortalReader } from '../../src/server/stores/postgres/portal-queries';

const SOME = 200;

/** A tenant with a key of theirs. */
export interface Payer {
  readonly tenantId: TenantId;
  readonly keyId: ApiKeyId;
}

interface Row {
  readonly id: TransactionId;
  readonly traceId: string;
  readonly createdAt: Date;
}

/** A database that was sown, and what is measured in it. */
export interface Subject {
  readonly tenants: number;
  readonly transactions: number;
  readonly sql: Sql;
  readonly ledger: Ledger;
  readonly portal: PortalReader;
  /** The tenant with the most charges. */
  readonly largest: Payer;
  readonly chargesOfLargest: number;
  /** Two hundred of the tenants, or all. */
  readonly some: readonly Payer[];
  /** A row in the middle of the largest tenant's ledger. */
  readonly middle: Row;
  close(): Promise<void>;
}

/** Throws a sentence where nothing was sown. */
export async function openSubject(url: string): Promise<Subject> {
  const { sql, db, close } = createPostgresClient(url, { connectionsMax: 2 });
  const [size] = await sql<{ tenants: number; transactions: number }[]>`
    select (select count(*) from tenant)::float8 as tenants,
      (select count(*) from billing_transaction)::float8 as transactions`;
  const some = await sql<Payer[]>`
    select distinct on (k.tenant_id) k.tenant_id as "tenantId", k.id as "keyId" from api_key k
    where k.tenant_id in (select id from tenant order by md5(id::text) limit ${SOME})`;
  const [most] = await sql<(Payer & { charges: number })[]>`
    select tenant_id as "tenantId", min(api_key_id::text) as "keyId",
      sum(requests + voided)::float8 as charges
    from usage_rollup group by tenant_id order by charges desc limit 1`;
  if (size === undefined || most === undefined) throw new Error(`Nothing was sown in ${url}.`);
  const [middle] = await sql<Row[]>`
    select id, trace_id as "traceId", created_at as "createdAt" from billing_transaction
    where tenant_id = ${most.tenantId} and kind = 'charge'
    order by id desc offset ${Math.floor(most.charges / 2)} limit 1`;
  if (middle === undefined) throw new Error(`The largest tenant of ${url} has no rows.`);
  return {
    ...size,
    ...{ sql, close, some, middle },
    ledger: createPostgresLedger(sql),
    portal: createPortalReader(db),
    largest: { tenantId: most.tenantId, keyId: most.keyId },
    chargesOfLargest: most.charges,
  };
}
