import postgres from 'postgres';
import { z } from 'zod';
import { rebuildUsage } from '../../src/server/stores/postgres/usage-rebuild';
import { type Plan, planSchema } from './plan';
import { sowQuotas, sowRows, sowTenants } from './statements';

const STAGES = ['tenants', 'transactions', 'quotas'] as const;
type Stage = (typeof STAGES)[number];

const BATCH_MAX = 10_000;
/** Batches under way at once, each on a connection of its own. */
const AT_ONCE = 4;

/** Written after each round of batches; what a broken-off round has sown already is left as it is. */
const stateSchema = z.object({
  plan: planSchema,
  stage: z.enum([...STAGES, 'done']),
  done: z.number(),
});
type State = z.infer<typeof stateSchema>;

interface Step {
  readonly batch: number;
  readonly total: (plan: Plan) => number;
  readonly run: (sql: Sql, plan: Plan, from: number, to: number) => Promise<void>;
}

const STEPS: Readonly<Record<Stage, Step>> = {
  tenants: { batch: BATCH_MAX, total: (plan) => plan.tenants, run: sowTenants },
  transactions: { batch: BATCH_MAX, total: (plan) => plan.transactions, run: sowRows },
  quotas: { batch: 1_000, total: (plan) => plan.tenants, run: sowQuotas },
};

export interface SowWatch {
  onStage(stage: Stage | 'usage', from: number, total: number): void;
  onDone(done: number): void;
}

type Sql = postgres.Sql<{ bigint: bigint }>;

/**
 * Fills a migrated database with tenants and a ledger whose books are right. What an earlier run of
 * the same numbers had come to is gone on with. Throws a sentence where another plan was sown.
 * `batchMax`: rows that are written in one statement.
 */
export async function sow(
  databaseUrl: string,
  wanted: Plan,
  watch: SowWatch,
  batchMax = BATCH_MAX,
): Promise<Plan> {
  const sql = postgres(databaseUrl, {
    max: AT_ONCE,
    onnotice: () => undefined,
    types: { bigint: postgres.BigInt },
    // A crash of the server loses a seed's last batches at worst, and it goes on from there.
    connection: { synchronous_commit: 'off' },
  });
  try {
    let state = (await readState(sql)) ?? { plan: wanted, stage: 'tenants', done: 0 };
    if (!isSame(state.plan, wanted)) {
      const { tenants, transactions, largest, days } = state.plan;
      throw new Error(
        `This database was sown with --tenants ${tenants} --transactions ${transactions} --largest ${largest} --days ${days}.`,
      );
    }
    while (state.stage !== 'done') state = await runStage(sql, state, state.stage, watch, batchMax);
    await sql`vacuum (analyze) billing_transaction, tenant, tenant_quota, api_key, api_key_quota`;
    watch.onStage('usage', 0, state.plan.tenants);
    await rebuildUsage(sql, watch.onDone);
    await sql`vacuum (analyze) usage_rollup`;
    return state.plan;
  } finally {
    await sql.end({ timeout: 5 });
  }
}

async function runStage(
  sql: Sql,
  from: State,
  stage: Stage,
  watch: SowWatch,
  batchMax: number,
): Promise<State> {
  const { total: totalOf, run } = STEPS[stage];
  const batch = Math.min(STEPS[stage].batch, batchMax);
  const { plan } = from;
  const total = totalOf(plan);
  watch.onStage(stage, from.done, total);
  for (let done = from.done; done < total; ) {
    const starts = Array.from({ length: AT_ONCE }, (_, at) => done + at * batch);
    await Promise.all(
      starts
        .filter((start) => start < total)
        .map((start) => run(sql, plan, start, Math.min(start + batch, total))),
    );
    done = Math.min(done + AT_ONCE * batch, total);
    await writeState(sql, { plan, stage, done });
    watch.onDone(done);
  }
  const next: State = { plan, stage: STAGES[STAGES.indexOf(stage) + 1] ?? 'done', done: 0 };
  await writeState(sql, next);
  return next;
}

const isSame = (one: Plan, other: Plan): boolean =>
  one.tenants === other.tenants &&
  one.transactions === other.transactions &&
  one.largest === other.largest &&
  one.days === other.days;

async function readState(sql: Sql): Promise<State | null> {
  const [row] = await sql<{ value: unknown }[]>`select value from setting where name = 'seed'`;
  return row === undefined ? null : stateSchema.parse(row.value);
}

const writeState = (sql: Sql, state: State) => sql`
  insert into setting (name, value) values ('seed', ${sql.json(state)})
  on conflict (name) do update set value = excluded.value`;
