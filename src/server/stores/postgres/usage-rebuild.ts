import { randomUUID } from 'node:crypto';
import type { TenantId } from '@/server/domain/ids';
import type { Sql, Tx } from './client';
import { dayDifferences, hourDifferences, type UsageDifference } from './usage-differences';
import { USAGE } from './usage-figures';

/** Tenants whose rows are summed up in one reading, and sums that are written in one transaction. */
const TENANTS_AT_ONCE = 10_000;
const SUMS_AT_ONCE = 500;

/**
 * Brings the hours to what the rows come to, then the days to what the hours do, and tells how many
 * sums were wrong. Safe under traffic: settling moves a row and its sums together, so a difference
 * seen in one snapshot stays the same until it is added. Needs two connections: one reads while the other adds. Whoever begins later takes the work over: the earlier run throws RebuiltElsewhere.
 */
export const rebuildUsage = (sql: Sql, onProgress?: OnProgress): Promise<number> =>
  // The days are read once the hours are right.
  mend(sql, [hourDifferences, dayDifferences], onProgress);

/** The days alone, where the hours are known to be right: no row is read. */
export const rebuildUsageDays = (sql: Sql, onProgress?: OnProgress): Promise<number> =>
  mend(sql, [dayDifferences], onProgress);

type OnProgress = (tenants: number) => void;

async function mend(
  sql: Sql,
  passes: readonly (typeof hourDifferences)[],
  onProgress: OnProgress = () => undefined,
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
    for (const differencesOf of passes) {
      for await (const differences of differencesOf(sql, first, last).cursor(SUMS_AT_ONCE)) {
        await add(sql, token, differences);
        mended += differences.length;
      }
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
    const [hours, days] = [
      differences.filter(({ hour }) => hour !== null),
      differences.filter(({ hour }) => hour === null),
    ];
    // The hours first, as settling does.
    await tx`
      insert into usage_rollup as u
      select * from jsonb_populate_recordset(null::usage_rollup, ${asJson(tx, hours)})
      on conflict (tenant_id, day, hour, model, api_key_id) do update set ${tx.unsafe(USAGE.added)}`;
    await tx`
      insert into usage_daily as u
      select * from jsonb_populate_recordset(null::usage_daily, ${asJson(tx, days)})
      on conflict (tenant_id, day, model, api_key_id) do update set ${tx.unsafe(USAGE.added)}`;
  });
}

const asJson = (tx: Tx, differences: readonly UsageDifference[]) =>
  tx.json(differences.map((each) => ({ ...each })));
