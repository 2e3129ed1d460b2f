import type { ChargeIdentity } from '@/server/domain/charge';
import { type ApiKeyId, type TenantId, trustedApiKeyId } from '@/server/domain/ids';
import { type Day, type Month, trustedDay, trustedMonth } from '@/server/domain/period';
import type { TraceHolder } from '@/server/domain/ports';
import { type KeyLimits, type KeyQuotaType, periodOf } from '@/server/domain/quota';
import type { Standing } from '@/server/domain/standing';
import type { Tx } from './client';
import { type QuotaSqlRow, quotaRow } from './rows';

/** Serialises everything that places or ends holds of a tenant. */
export async function lockQuota(tx: Tx, tenantId: TenantId): Promise<void> {
  const rows = await tx`
    select 1 from tenant_quota where tenant_id = ${tenantId} for update`;
  if (rows.length === 0) throw new Error(`Tenant ${tenantId} has no quota row`);
}

/** Who stands under a trace, when it is not free for this attempt. */
export async function holderOf(
  tx: Tx,
  identity: ChargeIdentity,
  attempt: number,
): Promise<TraceHolder | null> {
  const [row] = await tx<
    { status: string; attempt: number; body_hash: string | null; api_key_id: string | null }[]
  >`
    select status, attempt, body_hash, api_key_id from billing_transaction
    where tenant_id = ${identity.tenantId} and trace_id = ${identity.traceId}`;
  if (row === undefined) return null;
  if (row.status === 'VOIDED' && row.attempt === attempt - 1) return null;
  return { bodyHash: row.body_hash ?? '', keyId: trustedApiKeyId(row.api_key_id ?? '') };
}

interface StandingSqlRow extends QuotaSqlRow {
  readonly now_ms: number;
  readonly day: string;
  readonly month: string;
  readonly held: string;
  readonly open_today: number;
  readonly open_this_month: number;
  readonly key_open: number;
}

/** A hold that is to be raised. */
export interface RaisedHold {
  readonly day: Day;
  readonly month: Month;
  readonly nano: bigint;
  readonly tokens: number;
}

/**
 * Reads all that an admission depends on. `keyId` null: the tenant alone. Periods never go back,
 * so a row that is already in a later period than this clock keeps its own. For a hold that is to be
 * raised, what its key used is that of its own admission's periods, where it will be booked.
 */
export async function readStanding(
  tx: Tx,
  tenantId: TenantId,
  keyId: ApiKeyId | null,
  limits: KeyLimits,
  raised: RaisedHold | null = null,
): Promise<Standing> {
  const [row] = await tx<StandingSqlRow[]>`
    with clock as (
      select q.*, greatest(q.daily_date, (now() at time zone 'utc')::date) as day,
        greatest(q.monthly_month::text, to_char(now() at time zone 'utc', 'YYYY-MM')) as month
      from tenant_quota q where q.tenant_id = ${tenantId}
    )
    select c.tenant_id, c.balance, c.credit_limit, c.daily_limit, c.daily_used, c.daily_date::text,
      c.monthly_limit, c.monthly_used, c.monthly_month::text, c.version, c.day::text, c.month,
      (extract(epoch from clock_timestamp()) * 1000)::float8 as now_ms, o.*
    from clock c cross join lateral (
      select coalesce(sum(t.hold), 0)::text as held,
        count(*) filter (where t.day = c.day)::int as open_today,
        count(*) filter (where t.month = c.month)::int as open_this_month,
        count(*) filter (where t.api_key_id = ${keyId}::uuid)::int as key_open
      from billing_transaction t where t.tenant_id = c.tenant_id and t.status = 'PENDING'
    ) o`;
  if (row === undefined) throw new Error(`Tenant ${tenantId} has no quota row`);
  const day = trustedDay(row.day);
  const month = trustedMonth(row.month);
  const rate = keyId === null ? NO_RATE : await readRate(tx, keyId, limits);
  const used =
    keyId === null || limits.quotas.length === 0
      ? new Map<KeyQuotaType, bigint>()
      : await readKeyUse(tx, keyId, limits, raised ?? { day, month }, raised);
  return {
    nowMs: Math.floor(row.now_ms),
    day,
    month,
    quota: quotaRow(row),
    heldNano: BigInt(row.held),
    openToday: row.open_today,
    openThisMonth: row.open_this_month,
    key: { open: row.key_open, ...rate, used },
  };
}

const NO_RATE = { requestsPerMinute: 0, tokensPerMinute: 0, rateFreeInMs: 0 };

/**
 * The key's last minute, counted from the ledger itself: exact, and no state to keep. A void request
 * was made all the same; it used no tokens, and its row says so. Where there is none yet, the next
 * one's place is free again in a minute.
 */
async function readRate(tx: Tx, keyId: ApiKeyId, limits: KeyLimits): Promise<typeof NO_RATE> {
  if (limits.rpm === null && limits.tpm === null) return NO_RATE;
  const [row] = await tx<{ requests: number; tokens: number; free_in_ms: number }[]>`
    select count(*)::int as requests,
      coalesce(sum(case when status = 'PENDING' then hold_tokens
        else input_tokens + output_tokens end), 0)::float8 as tokens,
      coalesce(60000 - extract(epoch from clock_timestamp() - min(created_at)) * 1000, 60000)::float8
        as free_in_ms
    from billing_transaction
    where api_key_id = ${keyId}
      and created_at > clock_timestamp() - interval '1 minute'`;
  if (row === undefined) return NO_RATE;
  return {
    requestsPerMinute: row.requests,
    tokensPerMinute: row.tokens,
    rateFreeInMs: Math.ceil(row.free_in_ms),
  };
}

/**
 * What the key used of each of its quotas in these periods, with its open holds. Of a period that is
 * over, no more is known than what the hold to be raised takes itself.
 */
async function readKeyUse(
  tx: Tx,
  keyId: ApiKeyId,
  limits: KeyLimits,
  at: Pick<RaisedHold, 'day' | 'month'>,
  raised: RaisedHold | null,
): Promise<Map<KeyQuotaType, bigint>> {
  const stored = await tx<{ quota_type: string; used: bigint; period: string }[]>`
    select quota_type, used, period from api_key_quota where api_key_id = ${keyId}`;
  const open = await tx<{ day: string; month: string; hold: bigint; hold_tokens: number }[]>`
    select day::text, month::text, hold, hold_tokens from billing_transaction
    where api_key_id = ${keyId} and status = 'PENDING'`;
  const used = new Map<KeyQuotaType, bigint>();
  for (const { type } of limits.quotas) {
    const period = periodOf(type, at.day, at.month);
    const row = stored.find((quota) => quota.quota_type === type);
    if (raised !== null && row !== undefined && row.period > period) {
      used.set(type, type.endsWith('_tokens') ? BigInt(raised.tokens) : raised.nano);
      continue;
    }
    let sum = row?.period === period ? row.used : 0n;
    for (const hold of open) {
      if (periodOf(type, trustedDay(hold.day), trustedMonth(hold.month)) !== period) continue;
      if (type.endsWith('_requests')) sum += 1n;
      else sum += type.endsWith('_tokens') ? BigInt(hold.hold_tokens) : hold.hold;
    }
    used.set(type, sum);
  }
  return used;
}
