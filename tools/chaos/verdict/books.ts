import { readFileSync, rmSync } from 'node:fs';
import type { Sql } from 'postgres';
import { z } from 'zod';
import type { Credit } from '../load/operator';
import type { ChaosTenant } from '../load/tenants';
import type { ChargeRow, Purchase, TenantFigures } from './evidence';

/** The charges of these tenants. */
export async function readCharges(sql: Sql, tenants: readonly ChaosTenant[]): Promise<ChargeRow[]> {
  const rows = await sql<(Omit<ChargeRow, 'createdAtMs' | 'committedAtMs'> & Instants)[]>`
    select tenant_id as "tenantId", trace_id as "traceId", status, attempt, is_stream as "isStream",
      output_tokens as "outputTokens", amount as "amountNano", hold as "holdNano",
      created_at as "createdAt", committed_at as "committedAt",
      coalesce(duration_ms, 0) as "durationMs"
    from billing_transaction where kind = 'charge' and tenant_id = any(${idsOf(tenants)}::uuid[])`;
  return rows.map(({ createdAt, committedAt, ...row }) => ({
    ...row,
    createdAtMs: createdAt.getTime(),
    committedAtMs: committedAt?.getTime() ?? null,
  }));
}

interface Instants {
  readonly createdAt: Date;
  readonly committedAt: Date | null;
}

/** The credits of these tenants beside what they were made with. */
export async function readCredits(sql: Sql, tenants: readonly ChaosTenant[]): Promise<Credit[]> {
  return [
    ...(await sql<Credit[]>`
      select tenant_id as "tenantId", trace_id as "traceId", amount as "amountNano"
      from billing_transaction
      where kind = 'topup' and trace_id like 'credit-%' and tenant_id = any(${idsOf(tenants)}::uuid[])`),
  ];
}

export async function readTenants(
  sql: Sql,
  tenants: readonly ChaosTenant[],
): Promise<TenantFigures[]> {
  return [
    ...(await sql<TenantFigures[]>`
      select q.tenant_id as "tenantId", q.credit_limit as "creditLimitNano",
        q.daily_limit as "dailyLimit", q.monthly_limit as "monthlyLimit",
        coalesce(sum(t.amount) filter (where t.kind <> 'charge'), 0)::bigint as "creditsNano",
        coalesce(sum(t.amount) filter (where t.kind = 'charge' and t.status = 'COMMITTED'), 0)::bigint
          as "chargedNano",
        count(*) filter (where t.kind = 'charge' and t.status = 'COMMITTED')::int as charges,
        (select coalesce(json_agg(json_build_object('type', k.quota_type, 'limit', k.quota_limit)), '[]')
          from api_key_quota k join api_key a on a.id = k.api_key_id
          where a.tenant_id = q.tenant_id) as "keyLimits"
      from tenant_quota q left join billing_transaction t on t.tenant_id = q.tenant_id
      where q.tenant_id = any(${idsOf(tenants)}::uuid[])
      group by q.tenant_id`),
  ].map((row) => ({
    ...row,
    keyLimits: row.keyLimits.map(({ type, limit }) => ({ type, limit: BigInt(limit) })),
  }));
}

const idsOf = (tenants: readonly ChaosTenant[]): string[] => tenants.map(({ id }) => id);

const beginLine = z.object({
  event: z.literal('begin'),
  id: z.string(),
  atMs: z.number(),
  trace: z.string().nullable(),
  user: z.string().nullable(),
  isStream: z.boolean(),
  tokens: z.number(),
});
const endLine = z.object({
  event: z.literal('end'),
  id: z.string(),
  atMs: z.number(),
  outcome: z.string(),
  sentTokens: z.number(),
});
const line = z.discriminatedUnion('event', [beginLine, endLine]);

/** The upstream's journal since it was last taken; it begins anew. */
export function takePurchases(file: string): Purchase[] {
  const text = readFileSync(file, 'utf8');
  rmSync(file);
  return purchasesIn(text);
}

/** Purchases of a journal. A last line that a kill has cut in two is left out. */
export function purchasesIn(text: string): Purchase[] {
  const ends = new Map<string, z.infer<typeof endLine>>();
  const begins: z.infer<typeof beginLine>[] = [];
  for (const entry of text.split('\n').filter(isJson)) {
    const parsed = line.parse(JSON.parse(entry));
    if (parsed.event === 'begin') begins.push(parsed);
    else ends.set(parsed.id, parsed);
  }
  return begins.map(({ id, atMs, trace, user, isStream, tokens }) => {
    const end = ends.get(id) ?? null;
    return { tenantId: user, traceId: trace, isStream, atMs, answerTokens: tokens, end };
  });
}

function isJson(text: string): boolean {
  try {
    return typeof JSON.parse(text) === 'object';
  } catch {
    return false;
  }
}
