import { type SQL, sql } from 'drizzle-orm';
import type { TenantId } from '../../domain/ids';
import { type Day, monthOf } from '../../domain/period';
import type {
  UsageGroup,
  UsageGrouping,
  UsageLine,
  UsageReader,
  UsageSlot,
  UsageSums,
} from '../../domain/ports/usage';
import { endsOf, partsOf, type UsageWindow } from '../../domain/usage-window';
import type { Database } from './client';

/** So many hours or days of lines are read at once: a tenant may have hundreds of keys. */
const LINE_SLOTS = 24;

/** The sums of usage that the portal reads: days from the sums of days, hours from those of hours. */
export function createUsageReader(db: Database): UsageReader {
  const read = <Named extends object>(query: SQL) => readSums<Named>(db, query);
  return {
    usageBySlot: (tenantId, window) =>
      read<UsageSlot>(sql`
        select ${slotOf(window)} as slot, ${SUMS} from ${rowsOf(tenantId, window)}
        group by 1 having ${HAS_ANY} order by 1`),

    usageByGroup: (tenantId, window, grouping) =>
      read<UsageGroup>(sql`
        select s.*, ${grouping === 'model' ? sql`s.id` : sql`k.name`} as name
        from (select ${idOf(grouping)} as id, ${SUMS} from ${rowsOf(tenantId, window)}
          group by 1 having ${HAS_ANY}) s
        left join api_key k on k.id::text = s.id and k.tenant_id = ${tenantId}`),

    usageBySlotAndGroup: (tenantId, window, grouping, ids) =>
      read<UsageSlot & { id: string | null }>(sql`
        select ${slotOf(window)} as slot, ${anyOf(idOf(grouping), ids)} as id, ${SUMS}
        from ${rowsOf(tenantId, window)} group by 1, 2 having ${HAS_ANY}`),

    usageLines: (tenantId, window) => readLines(db, tenantId, window),
    spent: (tenantId, day) => readSpent(db, tenantId, day),
  };
}

type RawSums = Omit<UsageSums, 'spendNano'> & { readonly spend: string };

/** Sums with what names them. `spend` is text, since no number holds every sum of bigints. */
async function readSums<Named extends object>(db: Database, query: SQL) {
  const rows = await db.execute<Named & RawSums & Record<string, unknown>>(query);
  return rows.map((row) => ({ ...row, spendNano: BigInt(row.spend) }));
}

const total = (column: string): SQL => sql.raw(`sum(u.${column})::float8`);

const SUMS = sql`${total('requests')} as requests, ${total('voided')} as voided,
  ${total('input_tokens')} as "inputTokens", ${total('output_tokens')} as "outputTokens",
  ${total('cached_tokens')} as "cachedTokens", ${total('reasoning_tokens')} as "reasoningTokens",
  sum(u.amount)::text as spend, ${total('duration_ms')} as "durationMs", ${total('timed')} as timed,
  ${total('first_byte_ms')} as "firstByteMs", ${total('first_bytes')} as "firstBytes"`;

/** A void that ran again leaves a sum of nothing behind. */
const HAS_ANY = sql`sum(u.requests + u.voided) > 0`;

const slotOf = ({ unit }: UsageWindow): SQL =>
  unit === 'day' ? sql`u.day::text` : sql`u.day::text || 'T' || lpad(u.hour::text, 2, '0')`;

/** The sums of a window, by the primary key. */
function rowsOf(tenantId: TenantId, window: UsageWindow): SQL {
  const { first, last } = endsOf(window);
  return window.unit === 'day'
    ? sql`usage_daily u
        where u.tenant_id = ${tenantId} and u.day between ${first}::date and ${last}::date`
    : sql`usage_rollup u
        where u.tenant_id = ${tenantId} and (u.day, u.hour) between ${hour(first)} and ${hour(last)}`;
}

/** `2026-11-23T08` as a row of its day and its hour. */
const hour = (slot: string): SQL =>
  sql`(${slot.slice(0, 10)}::date, ${Number(slot.slice(11))}::smallint)`;

const idOf = (grouping: UsageGrouping): SQL =>
  grouping === 'model' ? sql`u.model` : sql`u.api_key_id::text`;

/** The id where it is one of these, else null. */
const anyOf = (id: SQL, ids: readonly string[]): SQL =>
  sql`case when ${id} = any(select jsonb_array_elements_text(${JSON.stringify(ids)}::jsonb)) then ${id} end`;

async function* readLines(
  db: Database,
  tenantId: TenantId,
  window: UsageWindow,
): AsyncGenerator<readonly UsageLine[]> {
  for (const part of partsOf(window, LINE_SLOTS)) {
    yield await readSums<Omit<UsageLine, keyof UsageSums>>(
      db,
      sql`
        select s.*, k.name as "keyName" from (
          select ${slotOf(part)} as slot, u.model, u.api_key_id as "keyId", ${SUMS}
          from ${rowsOf(tenantId, part)} group by 1, 2, 3 having ${HAS_ANY}) s
        left join api_key k on k.id = s."keyId" and k.tenant_id = ${tenantId}
        order by 1, 2, 3`,
    );
  }
}

async function readSpent(db: Database, tenantId: TenantId, day: Day) {
  const first = `${monthOf(Date.parse(day))}-01`;
  const [row] = await db.execute<{ today: string; month: string }>(sql`
    select coalesce(sum(amount) filter (where day = ${day}::date), 0)::text as today,
      coalesce(sum(amount), 0)::text as month
    from usage_daily
    where tenant_id = ${tenantId} and day between ${first}::date and ${day}::date`);
  return { todayNano: BigInt(row?.today ?? 0), monthNano: BigInt(row?.month ?? 0) };
}
