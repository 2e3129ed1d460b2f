import { randomBytes, randomUUID } from 'node:crypto';
import {
  type ApiKeyId,
  newApiKeyId,
  newTenantId,
  newTransactionId,
  type TenantId,
} from '@/server/domain/ids';
import type { Ledger } from '@/server/domain/ports';
import type { KeyQuotaType, QuotaRow } from '@/server/domain/quota';
import { auditLedger } from '@/server/stores/postgres/audit';
import { createPostgresClient, type PostgresClient } from '@/server/stores/postgres/client';
import { createPostgresLedger } from '@/server/stores/postgres/ledger';
import { noQuotaStore } from '@/server/stores/redis/read-store';
import { createDatabase, type DatabaseOptions, type TestDatabase } from './database';

export interface TenantWishes {
  readonly balance?: bigint;
  readonly creditLimit?: bigint;
  readonly dailyLimit?: number;
  readonly monthlyLimit?: number;
}

export interface LedgerRow {
  readonly id: string;
  readonly status: string;
  readonly attempt: number;
  readonly owner: string | null;
  readonly amount: bigint;
  readonly balance_after: bigint | null;
  readonly hold: bigint;
  readonly hold_tokens: number;
  readonly input_tokens: number;
  readonly output_tokens: number;
  readonly finish: string | null;
  readonly is_expired: boolean;
}

/** A tenant and a key of theirs. */
export interface Account {
  readonly tenantId: TenantId;
  readonly keyId: ApiKeyId;
}

/** The real ledger over a migrated database of its own, and hands in it. */
export class LedgerBench {
  readonly ledger: Ledger;

  private constructor(
    readonly database: TestDatabase,
    readonly client: PostgresClient,
  ) {
    this.ledger = createPostgresLedger(client.sql);
  }

  static async open(options: DatabaseOptions = {}): Promise<LedgerBench> {
    const database = await createDatabase(options);
    return new LedgerBench(database, createPostgresClient(database.url));
  }

  get sql() {
    return this.database.sql;
  }

  async close(): Promise<void> {
    await this.client.close();
    await this.database.drop();
  }

  /** A tenant whose balance is a topup in the ledger, with one key. */
  async account(wishes: TenantWishes = {}): Promise<Account> {
    const tenantId = newTenantId();
    const { balance = 0n, creditLimit = 0n, dailyLimit = null, monthlyLimit = null } = wishes;
    await this.sql.begin(async (tx) => {
      await tx`insert into tenant (id, name) values (${tenantId}, 'Acme')`;
      await tx`
        insert into tenant_quota (tenant_id, balance, credit_limit, daily_limit, monthly_limit)
        values (${tenantId}, ${String(balance)}, ${String(creditLimit)}, ${dailyLimit},
          ${monthlyLimit})`;
      if (balance === 0n) return;
      await tx`
        insert into billing_transaction (
          id, tenant_id, trace_id, kind, status, amount, balance_after, committed_at)
        values (${newTransactionId()}, ${tenantId}, ${`topup-${randomUUID()}`}, 'topup',
          'COMMITTED', ${String(balance)}, ${String(balance)}, now())`;
    });
    return { tenantId, keyId: await this.key(tenantId) };
  }

  async key(
    tenantId: TenantId,
    quotas: readonly { readonly type: KeyQuotaType; readonly limit: bigint }[] = [],
  ): Promise<ApiKeyId> {
    const keyId = newApiKeyId();
    await this.sql`
      insert into api_key (id, tenant_id, name, key_hash, key_prefix)
      values (${keyId}, ${tenantId}, 'key', ${randomBytes(32)}, 'tg-test')`;
    for (const { type, limit } of quotas) {
      await this.sql`
        insert into api_key_quota (id, api_key_id, quota_type, quota_limit)
        values (${randomUUID()}, ${keyId}, ${type}, ${String(limit)})`;
    }
    return keyId;
  }

  async row(id: string): Promise<LedgerRow> {
    const [row] = await this.sql<LedgerRow[]>`
      select id, status, attempt, owner, amount, balance_after, hold, hold_tokens, input_tokens,
        output_tokens, finish, lease_expires_at < clock_timestamp() as is_expired
      from billing_transaction where id = ${id}`;
    if (row === undefined) throw new Error(`There is no row ${id}`);
    return row;
  }

  async quota(tenantId: TenantId): Promise<QuotaRow> {
    const snapshot = await this.ledger.snapshot(tenantId);
    if (snapshot === null) throw new Error(`There is no tenant ${tenantId}`);
    return snapshot.quota;
  }

  /** The audit's broken invariants, over Postgres alone; empty when the books are right. */
  async brokenInvariants() {
    const { report } = await auditLedger(this.client.sql, noQuotaStore);
    return report.invariants.filter((invariant) => !invariant.ok);
  }
}
