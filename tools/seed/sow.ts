import postgres from 'postgres';
import { z } from 'zod';
import { type Plan, planSchema } from './plan';
import { sowQuotas, sowRows, sowTenants } from './statements';

const STAGES = ['tenants', 'transactions', 'quotas'] as const;
export type Stage = (typeof STAGES)[number];

/** Written in the transaction of each batch: a seed that was broken off goes on exactly there. */
const stateSchema = z.object({
  plan: planSchema,
  stage: z.enum([...STAGES, 'done']),
  done: z.number(),
});
type State = z.infer<typeof stateSchema>;

interface Step {
  readonly batch: number;
  readonly total: (plan: Plan) => number;
  readonly run: (
    sql: postgres.TransactionSql,
    plan: Plan,
    from: number,
    to: number,
  ) => Promise<void>;
}

const STEPS: Readonly<Record<Stage, Step>> = {
  tenants: { batch: 10_000, total: (plan) => plan.tenants, run: sowTenants },
  transactions: { batch: 10_000, total: (plan) => plan.transactions, run: sowRows },
  quotas: { batch: 1_000, total: (plan) => plan.tenants, run: sowQuotas },
};

export interface SowWatch {
  onStage(stage: Stage, from: number, total: number): void;
  onDone(done: number): void;
}

/**
 * Fills a migrated database with tenants and a ledger whose books are right. What an earlier run of
 * the same numbers had come to is gone on with. Throws a sentence where another plan was sown.
 */
export async function sow(databaseUrl: string, wanted: Plan, watch: SowWatch): Promise<Plan> {
  const sql = postgres(databaseUrl, { max: 1, onnotice: () => undefined });
  try {
    // A crash of the server loses a seed's last batches at worst, and it goes on from there.
    await sql`set synchronous_commit = off`;
    let state = (await readState(sql)) ?? { plan: wanted, stage: 'tenants', done: 0 };
    if (!isSame(state.plan, wanted)) {
      const { tenants, transactions, days } = state.plan;
      throw new Error(
        `This database was sown with --tenants ${tenants} --transactions ${transactions} --days ${days}.`,
      );
    }
    while (state.stage !== 'done') state = await runStage(sql, state, state.stage, watch);
    await sql`vacuum (analyze) billing_transaction, tenant, tenant_quota, api_key, api_key_quota`;
    return state.plan;
  } finally {
    await sql.end({ timeout: 5 });
  }
}

async function runStage(
  sql: postgres.Sql,
  from: State,
  stage: Stage,
  watch: SowWatch,
): Promise<State> {
  const { batch, total: totalOf, run } = STEPS[stage];
  const { plan } = from;
  const total = totalOf(plan);
  watch.onStage(stage, from.done, total);
  for (let done = from.done; done < total; ) {
    const to = Math.min(done + batch, total);
    await sql.begin(async (tx) => {
      await run(tx, plan, done, to);
      await writeState(tx, { plan, stage, done: to });
    });
    done = to;
    watch.onDone(done);
  }
  const next: State = { plan, stage: STAGES[STAGES.indexOf(stage) + 1] ?? 'done', done: 0 };
  await writeState(sql, next);
  return next;
}

const isSame = (one: Plan, other: Plan): boolean =>
  one.tenants === other.tenants &&
  one.transactions === other.transactions &&
  one.days === other.days;

async function readState(sql: postgres.Sql): Promise<State | null> {
  const [row] = await sql<{ value: unknown }[]>`select value from setting where name = 'seed'`;
  return row === undefined ? null : stateSchema.parse(row.value);
}

const writeState = (sql: postgres.Sql | postgres.TransactionSql, state: State) => sql`
  insert into setting (name, value) values ('seed', ${sql.json(state)})
  on conflict (name) do update set value = excluded.value`;
