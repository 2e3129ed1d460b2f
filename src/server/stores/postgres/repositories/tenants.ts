import { and, eq, sql } from 'drizzle-orm';
import { type TenantId, trustedTenantId } from '../../../domain/ids';
import { NANO_MAX } from '../../../domain/money';
import { trustedDay, trustedMonth } from '../../../domain/period';
import type { TenantRepository, TenantStanding } from '../../../domain/ports/repositories';
import type { QuotaRow } from '../../../domain/quota';
import { billingTransaction, tenant, tenantQuota } from '../schema';
import { type Tx, theRow } from './tx';

function toQuotaRow(row: typeof tenantQuota.$inferSelect): QuotaRow {
  return {
    tenantId: trustedTenantId(row.tenantId),
    balanceNano: row.balance,
    creditLimitNano: row.creditLimit,
    dailyLimit: row.dailyLimit,
    dailyUsed: row.dailyUsed,
    dailyDate: trustedDay(row.dailyDate),
    monthlyLimit: row.monthlyLimit,
    monthlyUsed: row.monthlyUsed,
    monthlyMonth: trustedMonth(row.monthlyMonth),
    version: row.version,
  };
}

async function readStanding(tx: Tx, id: TenantId): Promise<TenantStanding | null> {
  const t = billingTransaction;
  const held = sql<string>`(
    select coalesce(sum(${t.hold}), 0)::text from ${t}
    where ${t.tenantId} = ${tenant.id} and ${t.status} = 'PENDING')`;
  const [row] = await tx
    .select({ tenant, quota: tenantQuota, held })
    .from(tenant)
    .innerJoin(tenantQuota, eq(tenantQuota.tenantId, tenant.id))
    .where(eq(tenant.id, id));
  if (row === undefined) return null;
  return {
    tenant: { ...row.tenant, id },
    quota: toQuotaRow(row.quota),
    heldNano: BigInt(row.held),
  };
}

export function createTenantRepository(tx: Tx): TenantRepository {
  return {
    async create(row) {
      const created = await tx.insert(tenant).values(row).onConflictDoNothing().returning();
      if (created.length === 0) return false;
      await tx.insert(tenantQuota).values({ tenantId: row.id });
      return true;
    },

    standing: (id) => readStanding(tx, id),

    async lock(id) {
      // Not `for update`: that would keep out the charges, whose rows refer to the tenant.
      await tx.select({ id: tenant.id }).from(tenant).where(eq(tenant.id, id)).for('no key update');
    },

    async update(id, change) {
      await tx.update(tenant).set(change).where(eq(tenant.id, id));
    },

    async updateQuota(id, { creditLimitNano, dailyLimit, monthlyLimit }) {
      const rows = await tx
        .update(tenantQuota)
        .set({
          ...(creditLimitNano === undefined ? {} : { creditLimit: creditLimitNano }),
          ...(dailyLimit === undefined ? {} : { dailyLimit }),
          ...(monthlyLimit === undefined ? {} : { monthlyLimit }),
          updatedAt: sql`now()`,
        })
        .where(eq(tenantQuota.tenantId, id))
        .returning();
      return toQuotaRow(theRow(rows));
    },

    async lockQuota(id) {
      const [row] = await tx
        .select()
        .from(tenantQuota)
        .where(eq(tenantQuota.tenantId, id))
        .for('update');
      return row === undefined ? null : toQuotaRow(row);
    },

    async moveBalance(id, amountNano) {
      const moved = sql`${tenantQuota.balance} + ${String(amountNano)}::bigint`;
      const bound = String(NANO_MAX);
      const [row] = await tx
        .update(tenantQuota)
        .set({ balance: moved })
        .where(
          and(
            eq(tenantQuota.tenantId, id),
            sql`${moved} between -${bound}::bigint and ${bound}::bigint`,
          ),
        )
        .returning();
      return row === undefined ? null : toQuotaRow(row);
    },
  };
}
