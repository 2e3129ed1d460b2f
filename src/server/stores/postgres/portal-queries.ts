import { and, asc, desc, eq, inArray, lt, type SQL, sql } from 'drizzle-orm';
import { type TenantId, trustedApiKeyId } from '../../domain/ids';
import { trustedDay, trustedMonth } from '../../domain/period';
import type { KeyQuotaUse, PortalKey, PortalReader, Standing } from '../../domain/ports/portal';
import { readActivity } from './activity';
import type { Database } from './client';
import {
  account,
  apiKey,
  apiKeyQuota,
  billingTransaction,
  model,
  tenant,
  tenantQuota,
} from './schema';
import { readTransactions } from './transaction-pages';
import { createUsageReader } from './usage-reader';

/** The portal's reads over Postgres; each carries its tenant in the WHERE clause. */
export function createPortalReader(db: Database): PortalReader {
  return {
    standing: (tenantId) => readStanding(db, tenantId),
    keys: (tenantId, limit) =>
      readKeys(db, {
        where: eq(apiKey.tenantId, tenantId),
        orderBy: [sql`${apiKey.status} = 'revoked'`, desc(apiKey.id)],
        limit,
      }),
    keysBefore: (tenantId, before, limit) =>
      readKeys(db, {
        where: and(
          eq(apiKey.tenantId, tenantId),
          before === null ? undefined : lt(apiKey.id, before),
        ),
        orderBy: [desc(apiKey.id)],
        limit,
      }),
    modelIds: () => readModelIds(db),
    transactions: (tenantId, query) => readTransactions(db, tenantId, query),
    activity: (tenantId, query) => readActivity(db, tenantId, query),
    ...createUsageReader(db),
  };
}

/** Embeddings cost nothing to put out: a model to chat with comes first. */
const CHAT_FIRST = sql`${model.outputPrice} = 0, ${model.createdAt}, ${model.id}`;

async function readModelIds(db: Database): Promise<readonly string[]> {
  const rows = await db.select({ id: model.id }).from(model).orderBy(CHAT_FIRST);
  return rows.map((row) => row.id);
}

async function readStanding(db: Database, tenantId: TenantId): Promise<Standing | null> {
  const pending = sql`from ${billingTransaction} where ${billingTransaction.tenantId} = ${tenant.id} and ${billingTransaction.status} = 'PENDING'`;
  const [row] = await db
    .select({
      name: tenant.name,
      status: tenant.status,
      balanceNano: tenantQuota.balance,
      creditLimitNano: tenantQuota.creditLimit,
      heldNano: sql<string>`(select coalesce(sum(${billingTransaction.hold}), 0)::text ${pending})`,
      inFlight: sql<number>`(select count(*)::int ${pending})`,
      dailyLimit: tenantQuota.dailyLimit,
      dailyUsed: tenantQuota.dailyUsed,
      dailyDate: tenantQuota.dailyDate,
      monthlyLimit: tenantQuota.monthlyLimit,
      monthlyUsed: tenantQuota.monthlyUsed,
      monthlyMonth: tenantQuota.monthlyMonth,
      exampleModel: sql<
        string | null
      >`(select ${model.id} from ${model} order by ${CHAT_FIRST} limit 1)`,
    })
    .from(tenant)
    .innerJoin(tenantQuota, eq(tenantQuota.tenantId, tenant.id))
    .where(eq(tenant.id, tenantId));
  if (row === undefined) return null;
  return {
    ...row,
    heldNano: BigInt(row.heldNano),
    dailyDate: trustedDay(row.dailyDate),
    monthlyMonth: trustedMonth(row.monthlyMonth),
  };
}

interface KeySelection {
  readonly where: SQL | undefined;
  readonly orderBy: readonly SQL[];
  readonly limit: number;
}

async function readKeys(
  db: Database,
  { where, orderBy, limit }: KeySelection,
): Promise<readonly PortalKey[]> {
  // Spelled out: a select from one table prints its columns bare, and "id" would mean the wrong one.
  const lastUsed = sql<string | null>`(
    select used.created_at from ${billingTransaction} used
    where used.api_key_id = "api_key"."id" order by used.id desc limit 1)`;
  const rows = await db
    .select({
      id: apiKey.id,
      name: apiKey.name,
      prefix: apiKey.keyPrefix,
      status: apiKey.status,
      createdBy: apiKey.createdBy,
      creatorName: account.name,
      previousPrefix: apiKey.previousPrefix,
      previousUntil: apiKey.previousUntil,
      allowedModels: apiKey.allowedModels,
      allowedIps: apiKey.allowedIps,
      rpm: apiKey.rpm,
      tpm: apiKey.tpm,
      concurrency: apiKey.concurrency,
      createdAt: apiKey.createdAt,
      expiresAt: apiKey.expiresAt,
      lastUsedAt: lastUsed,
    })
    .from(apiKey)
    .leftJoin(account, eq(account.id, apiKey.createdBy))
    .where(where)
    .orderBy(...orderBy)
    .limit(limit);
  const quotas = await readKeyQuotas(
    db,
    rows.map((row) => row.id),
  );
  return rows.map((row) => ({
    ...row,
    id: trustedApiKeyId(row.id),
    lastUsedAt: row.lastUsedAt === null ? null : new Date(row.lastUsedAt),
    quotas: quotas.get(row.id) ?? [],
  }));
}

async function readKeyQuotas(
  db: Database,
  keyIds: readonly string[],
): Promise<ReadonlyMap<string, readonly KeyQuotaUse[]>> {
  if (keyIds.length === 0) return new Map();
  const rows = await db
    .select({
      keyId: apiKeyQuota.apiKeyId,
      type: apiKeyQuota.quotaType,
      limit: apiKeyQuota.quotaLimit,
      used: apiKeyQuota.used,
      period: apiKeyQuota.period,
    })
    .from(apiKeyQuota)
    .where(inArray(apiKeyQuota.apiKeyId, [...keyIds]))
    .orderBy(asc(apiKeyQuota.quotaType));
  const byKey = new Map<string, KeyQuotaUse[]>();
  for (const { keyId, ...quota } of rows) {
    byKey.set(keyId, [...(byKey.get(keyId) ?? []), quota]);
  }
  return byKey;
}
