import { asc, eq, inArray, sql } from 'drizzle-orm';
import type { UpstreamRecord, UpstreamRepository } from '../../../domain/ports/repositories';
import { upstream, upstreamModel } from '../schema';
import { type Tx, theRow } from './tx';

type Row = typeof upstream.$inferSelect;

function toRecord(row: Row, models: Readonly<Record<string, string>>): UpstreamRecord {
  const { apiKeyEncrypted, ...rest } = row;
  return { ...rest, hasApiKey: apiKeyEncrypted !== null, models };
}

async function withModels(tx: Tx, rows: readonly Row[]): Promise<readonly UpstreamRecord[]> {
  if (rows.length === 0) return [];
  const names = rows.map((row) => row.name);
  const served = await tx
    .select()
    .from(upstreamModel)
    .where(inArray(upstreamModel.upstreamName, names))
    .orderBy(asc(upstreamModel.publicName));
  return rows.map((row) =>
    toRecord(
      row,
      Object.fromEntries(
        served
          .filter((entry) => entry.upstreamName === row.name)
          .map((entry) => [entry.publicName, entry.upstreamModelName]),
      ),
    ),
  );
}

async function replaceModels(tx: Tx, name: string, models: Readonly<Record<string, string>>) {
  await tx.delete(upstreamModel).where(eq(upstreamModel.upstreamName, name));
  const entries = Object.entries(models);
  if (entries.length === 0) return;
  await tx.insert(upstreamModel).values(
    entries.map(([publicName, upstreamModelName]) => ({
      upstreamName: name,
      publicName,
      upstreamModelName,
    })),
  );
}

export function createUpstreamRepository(tx: Tx): UpstreamRepository {
  return {
    async find(name) {
      const rows = await tx.select().from(upstream).where(eq(upstream.name, name));
      return (await withModels(tx, rows))[0] ?? null;
    },

    async list() {
      return withModels(tx, await tx.select().from(upstream).orderBy(asc(upstream.name)));
    },

    async put({ name, models, apiKeySealed, baseUrl, weight, priority, timeoutMs, builtIn }) {
      const columns = { baseUrl, weight, priority, timeoutMs, builtIn };
      const secret = apiKeySealed === 'keep' ? {} : { apiKeyEncrypted: apiKeySealed };
      const rows = await tx
        .insert(upstream)
        .values({ name, ...columns, ...secret })
        .onConflictDoUpdate({
          target: upstream.name,
          set: { ...columns, ...secret, updatedAt: sql`now()` },
        })
        .returning();
      await replaceModels(tx, name, models);
      return toRecord(theRow(rows), models);
    },

    async relocate(name, baseUrl) {
      const rows = await tx
        .update(upstream)
        .set({ baseUrl, updatedAt: sql`now()` })
        .where(eq(upstream.name, name))
        .returning({ name: upstream.name });
      return rows.length > 0;
    },

    async delete(name) {
      const rows = await tx
        .delete(upstream)
        .where(eq(upstream.name, name))
        .returning({ name: upstream.name });
      return rows.length > 0;
    },
  };
}
