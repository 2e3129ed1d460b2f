import { asc, eq, sql } from 'drizzle-orm';
import type { ModelRecord } from '../../../domain/ports/directory';
import type { ModelRepository, NewModel } from '../../../domain/ports/repositories';
import { formatPrice, parsePrice } from '../../../domain/pricing';
import { model } from '../schema';
import { type Tx, theRow } from './tx';

function priceOf(stored: string): bigint {
  const price = parsePrice(stored);
  if (price === null) throw new Error('A stored price is not a price.');
  return price;
}

function toRecord(row: typeof model.$inferSelect): ModelRecord {
  return {
    id: row.id,
    price: {
      input: priceOf(row.inputPrice),
      output: priceOf(row.outputPrice),
      cachedInput: row.cachedInputPrice === null ? null : priceOf(row.cachedInputPrice),
    },
    contextWindow: row.contextWindow,
    maxOutputTokens: row.maxOutputTokens,
    tokenizer: row.tokenizer,
    usagePolicy: row.usageSource,
    createdAtMs: row.createdAt.getTime(),
  };
}

const toRow = ({ id, price, usagePolicy, ...rest }: NewModel) => ({
  id,
  ...rest,
  inputPrice: formatPrice(price.input),
  outputPrice: formatPrice(price.output),
  cachedInputPrice: price.cachedInput === null ? null : formatPrice(price.cachedInput),
  usageSource: usagePolicy,
});

export function createModelRepository(tx: Tx): ModelRepository {
  return {
    async find(id) {
      const [row] = await tx.select().from(model).where(eq(model.id, id));
      return row === undefined ? null : toRecord(row);
    },

    async list() {
      return (await tx.select().from(model).orderBy(asc(model.id))).map(toRecord);
    },

    async put(entry) {
      const { id, ...columns } = toRow(entry);
      const rows = await tx
        .insert(model)
        .values({ id, ...columns })
        .onConflictDoUpdate({ target: model.id, set: { ...columns, updatedAt: sql`now()` } })
        .returning();
      return toRecord(theRow(rows));
    },

    async addMissing(entries) {
      await tx.insert(model).values(entries.map(toRow)).onConflictDoNothing();
    },

    async delete(id) {
      return (await tx.delete(model).where(eq(model.id, id)).returning()).length > 0;
    },
  };
}
