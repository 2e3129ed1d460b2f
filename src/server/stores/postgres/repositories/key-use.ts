import { type SQL, sql } from 'drizzle-orm';
import type { ApiKeyId } from '../../../domain/ids';
import type { KeyQuotaType } from '../../../domain/quota';
import { billingTransaction as t } from '../schema';

/** A trace that is run again keeps its first time: a period is looked for this much further back. */
const REOPENED = sql`interval '7 days'`;
/** The statement’s own start: its transaction may have waited for a lock past midnight. */
const NOW = sql`statement_timestamp() at time zone 'utc'`;

/** The period that a quota of this type is in, and what the key has used in it by the ledger. */
export function keyUse(
  keyId: ApiKeyId,
  type: KeyQuotaType,
): { readonly period: SQL<string>; readonly used: SQL<bigint> } {
  const { period, since } = periodOf(type);
  return {
    period,
    used: sql`(select coalesce(sum(${unitOf(type)}), 0)::bigint from ${t}
      where ${t.apiKeyId} = ${keyId} and ${t.status} = 'COMMITTED' and ${t.kind} = 'charge'
        and ${since})`,
  };
}

function periodOf(type: KeyQuotaType): { period: SQL<string>; since: SQL } {
  if (type.startsWith('daily_')) {
    const from = sql`date_trunc('day', ${NOW}) at time zone 'utc' - ${REOPENED}`;
    const day = sql<string>`(${NOW})::date`;
    return {
      period: sql`${day}::text`,
      since: sql`${t.day} = ${day} and ${t.createdAt} >= ${from}`,
    };
  }
  if (type.startsWith('monthly_')) {
    const from = sql`date_trunc('month', ${NOW}) at time zone 'utc' - ${REOPENED}`;
    const month = sql<string>`to_char(${NOW}, 'YYYY-MM')`;
    return { period: month, since: sql`${t.month} = ${month} and ${t.createdAt} >= ${from}` };
  }
  return { period: sql`''`, since: sql`true` };
}

function unitOf(type: KeyQuotaType): SQL {
  if (type.endsWith('_requests')) return sql`1`;
  return type.endsWith('_tokens') ? sql`${t.inputTokens} + ${t.outputTokens}` : sql`${t.amount}`;
}
