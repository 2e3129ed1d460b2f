import { ANSWER_BUDGET_BYTES } from '@/server/domain/ports';
import type { TestGateway } from './gateway';

type Holder = { readonly id: string };
const redisKey = (tenant: Holder, rest: string): string =>
  `{gw:quota:tenant:${tenant.id}}:answers${rest}`;

/** Lets a tenant's budget in Redis be spent, as by a flood of answers that end in an hour. */
export async function spendRedisBudget({ redis }: TestGateway, tenant: Holder): Promise<void> {
  const bytes = String(ANSWER_BUDGET_BYTES.redis);
  await redis?.hset(redisKey(tenant, ''), { '|': bytes, flood: bytes });
  await redis?.zadd(redisKey(tenant, ':ends'), Date.now() + 3_600_000, 'flood');
}

/** The same in Postgres. */
export async function spendPostgresBudget(
  { database }: TestGateway,
  tenant: Holder,
): Promise<void> {
  await database.sql`
    insert into stored_answer_account (tenant_id, part, bytes)
    values (${tenant.id}, 0, ${String(ANSWER_BUDGET_BYTES.postgres)}::bigint)
    on conflict (tenant_id, part) do update set bytes = excluded.bytes`;
}

/** What the account in Postgres says, and what the answers there come to. */
export async function postgresAccount({ database }: Pick<TestGateway, 'database'>, tenant: Holder) {
  const [row] = await database.sql<{ account: string; answers: string; rows: number }[]>`
    select
      (select coalesce(sum(bytes), 0) from stored_answer_account
        where tenant_id = ${tenant.id})::text as account,
      (select coalesce(sum(octet_length(body) + 512), 0) from stored_answer
        where tenant_id = ${tenant.id})::text as answers,
      (select count(*) from stored_answer where tenant_id = ${tenant.id})::int as rows`;
  if (row === undefined) throw new Error('no reading');
  return row;
}
