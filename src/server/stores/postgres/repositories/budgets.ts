import { and, asc, eq, sql } from 'drizzle-orm';
import { trustedTenantId } from '../../../domain/ids';
import { trustedMonth } from '../../../domain/period';
import type { Budget, BudgetRepository } from '../../../domain/ports/budgets';
import { budgetAlert, tenantBudget, usageDaily } from '../schema';
import { type Tx, theRow } from './tx';

/** The statement's own start: its transaction may have waited past midnight. */
const NOW = sql`statement_timestamp() at time zone 'utc'`;
const MONTH = sql<string>`to_char(${NOW}, 'YYYY-MM')`;
const THIS_MONTH = sql`${usageDaily.day} >= date_trunc('month', ${NOW})::date
  and ${usageDaily.day} < (date_trunc('month', ${NOW}) + interval '1 month')::date`;

const toBudget = (row: typeof tenantBudget.$inferSelect): Budget => ({
  amountNano: row.amount,
  thresholds: row.thresholds,
  mail: row.mail,
  mailTo: row.mailTo,
  language: row.language,
});

export function createBudgetRepository(tx: Tx): BudgetRepository {
  const select = (tenantId: string) =>
    tx.select().from(tenantBudget).where(eq(tenantBudget.tenantId, tenantId));
  const first = (rows: readonly (typeof tenantBudget.$inferSelect)[]): Budget | null =>
    rows[0] === undefined ? null : toBudget(rows[0]);
  return {
    find: async (tenantId) => first(await select(tenantId)),
    lock: async (tenantId) => first(await select(tenantId).for('update')),

    async put(tenantId, { amountNano, thresholds, mailTo, ...rest }) {
      const columns = {
        ...rest,
        amount: amountNano,
        thresholds: [...thresholds],
        mailTo: [...mailTo],
      };
      await tx
        .insert(tenantBudget)
        .values({ tenantId, ...columns })
        .onConflictDoUpdate({
          target: tenantBudget.tenantId,
          set: { ...columns, updatedAt: sql`now()` },
        });
    },

    async remove(tenantId) {
      const rows = await tx
        .delete(tenantBudget)
        .where(eq(tenantBudget.tenantId, tenantId))
        .returning({ tenantId: tenantBudget.tenantId });
      return rows.length > 0;
    },

    async spend(tenantId) {
      const rows = await tx
        .select({
          month: MONTH,
          spent: sql<string>`coalesce(sum(${usageDaily.amount}), 0)::text`,
        })
        .from(usageDaily)
        .where(and(eq(usageDaily.tenantId, tenantId), THIS_MONTH));
      const { month, spent } = theRow(rows);
      return { month: trustedMonth(month), spentNano: BigInt(spent) };
    },

    async due() {
      const rows = await tx
        .select({ tenantId: tenantBudget.tenantId })
        .from(tenantBudget)
        .innerJoinLateral(
          sql`(select coalesce(sum(${usageDaily.amount}), 0) as spent from ${usageDaily}
            where ${usageDaily.tenantId} = ${tenantBudget.tenantId} and ${THIS_MONTH}) spend`,
          sql`true`,
        )
        .where(sql`exists (
          select 1 from unnest(${tenantBudget.thresholds}) as t(threshold)
          where spend.spent * 100 >= ${tenantBudget.amount}::numeric * t.threshold and not exists (
            select 1 from ${budgetAlert} told where told.tenant_id = ${tenantBudget.tenantId}
              and told.month = ${MONTH} and told.amount = ${tenantBudget.amount}
              and told.threshold = t.threshold))`);
      return rows.map((row) => trustedTenantId(row.tenantId));
    },

    async markReached(tenantId, { amountNano }, { month, spentNano }, thresholds) {
      if (thresholds.length === 0) return [];
      const rows = await tx
        .insert(budgetAlert)
        .values(
          thresholds.map((threshold) => ({
            tenantId,
            month,
            amount: amountNano,
            threshold,
            spent: spentNano,
          })),
        )
        .onConflictDoNothing()
        .returning({ threshold: budgetAlert.threshold });
      return rows.map((row) => row.threshold);
    },

    reached: (tenantId, month, amountNano) =>
      tx
        .select({ threshold: budgetAlert.threshold, reachedAt: budgetAlert.reachedAt })
        .from(budgetAlert)
        .where(
          and(
            eq(budgetAlert.tenantId, tenantId),
            eq(budgetAlert.month, month),
            eq(budgetAlert.amount, amountNano),
          ),
        )
        .orderBy(asc(budgetAlert.threshold)),
  };
}
