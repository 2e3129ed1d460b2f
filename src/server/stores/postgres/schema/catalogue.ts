import { boolean, index, integer, pgTable, primaryKey, text } from 'drizzle-orm/pg-core';
import { bytes, instant, price } from './columns';

/** A model that tenants may name, with its prices in nano-USD per token. */
export const model = pgTable('model', {
  id: text('id').primaryKey(),
  inputPrice: price('input_price').notNull(),
  outputPrice: price('output_price').notNull(),
  cachedInputPrice: price('cached_input_price'),
  contextWindow: integer('context_window'),
  maxOutputTokens: integer('max_output_tokens'),
  tokenizer: text('tokenizer', { enum: ['o200k_base', 'cl100k_base'] }),
  usageSource: text('usage_source', { enum: ['counted', 'upstream'] })
    .notNull()
    .default('counted'),
  createdAt: instant('created_at').notNull().defaultNow(),
  updatedAt: instant('updated_at').notNull().defaultNow(),
});

/** Where a model is bought. The secret is encrypted at rest and never read back by any API. */
export const upstream = pgTable('upstream', {
  name: text('name').primaryKey(),
  baseUrl: text('base_url').notNull(),
  apiKeyEncrypted: bytes('api_key_encrypted'),
  weight: integer('weight').notNull().default(1),
  /** Lower is tried first. */
  priority: integer('priority').notNull().default(0),
  timeoutMs: integer('timeout_ms').notNull().default(600_000),
  builtIn: boolean('built_in').notNull().default(false),
  createdAt: instant('created_at').notNull().defaultNow(),
  updatedAt: instant('updated_at').notNull().defaultNow(),
});

/** Which public model an upstream serves under which name; `*` serves every model by its own name. */
export const upstreamModel = pgTable(
  'upstream_model',
  {
    upstreamName: text('upstream_name')
      .notNull()
      .references(() => upstream.name, { onDelete: 'cascade' }),
    publicName: text('public_name').notNull(),
    upstreamModelName: text('upstream_model_name').notNull(),
  },
  (table) => [
    primaryKey({ columns: [table.upstreamName, table.publicName] }),
    index('upstream_model_public').on(table.publicName),
  ],
);
