import { randomUUID } from 'node:crypto';
import type { TenantId } from '@/server/domain/ids';
import type { Sql } from './client';
import { type UsageDifference, usageDifferences } from './usage-differences';

/** Tenants whose rows are summed up in one reading, and sums that are written in one transaction. */
const TENANTS_AT_ONCE = 10_000;
const SUMS_AT_ONCE = 500;

/**
 * Brings the roll-up to what the rows come to, and tells how many sums were wrong. Safe under traffic:
 * settling moves a row and its sum together, so a difference seen in one snapshot stays the same until
 * it is added. Needs two connections: one reads while the other adds. Whoever begins later takes the work over: the earlier run throws RebuiltElsewhere.
 */
export async function rebuildUsage(
  sql: Sql,
  onProgress: (tenants: number) => void = () => undefined,
): Promise<number> {
  const token = randomUUID();
  await sql`
    insert into setting (name, value) values ('usage_rebuild', to_jsonb(${token}::text))
    on conflict (name) do update set value = excluded.value`;
  let mended = 0;
  let tenants = 0;
  for (let after: string | null = null; ; ) {
    const ids: readonly { id: TenantId }[] = await sql<{ id: TenantId }[]>`
      select id from tenant where ${after}::uuid is null or id > ${after}::uuid
      order by id limit ${TENANTS_AT_ONCE}`;
    const [first, last] = [ids[0]?.id, ids.at(-1)?.id];
    if (first === undefined || last === undefined) return mended;
    for await (const differences of usageDifferences(sql, first, last).cursor(SUMS_AT_ONCE)) {
      await add(sql, token, differences);
      mended += differences.length;
    }
    tenants += ids.length;
    after = last;
    onProgress(tenants);
  }
}

/** Another rebuild has begun meanwhile: what this one saw may be mended by that one already. */
export class RebuiltElsewhere extends Error {
  constructor() {
    super('another rebuild of the usage roll-up has begun meanwhile.');
  }
}

/** Under the quota rows of its tenants, in their order, as settling does. */
async function add(sql: Sql, token: string, differences: readonly UsageDifference[]) {
  const tenants = [...new Set(differences.map((each) => each.tenant_id))];
  await sql.begin(async (tx) => {
    const mine = await tx`
      select 1 from setting where name = 'usage_rebuild' and value = to_jsonb(${token}::text) for share`;
    if (mine.length === 0) throw new RebuiltElsewhere();
    await tx`
      select 1 from tenant_quota where tenant_id = any(${tenants}::uuid[])
      order by tenant_id for update`;
    await tx`
      insert into usage_rollup as u
      select * from jsonb_populate_recordset(
        null::usage_rollup, ${tx.json(differences.map((each) => ({ ...each })))})
      on conflict (tenant_id, day, hour, model, api_key_id) do update set
        requests = u.requests + excluded.requests, voided = u.voided + excluded.voided,
        input_tokens = u.input_tokens + excluded.input_tokens,
        output_tokens = u.output_tokens + excluded.output_tokens,
        cached_tokens = u.cached_tokens + excluded.cached_tokens,
        reasoning_tokens = u.reasoning_tokens + excluded.reasoning_tokens,
        amount = u.amount + excluded.amount, duration_ms = u.duration_ms + excluded.duration_ms,
        timed = u.timed + excluded.timed, first_byte_ms = u.first_byte_ms + excluded.first_byte_ms,
        first_bytes = u.first_bytes + excluded.first_bytes`;
  });
}
