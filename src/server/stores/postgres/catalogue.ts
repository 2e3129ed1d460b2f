import type { ModelRecord, UpstreamRoute } from '@/server/domain/ports';
import { parsePrice } from '@/server/domain/pricing';
import type { UsagePolicy } from '@/server/domain/usage';
import type { SecretBox } from '@/server/security/secret-box';
import type { Sql } from './client';
import { guarded } from './failure';

/** Everything the gateway knows of models and upstreams, in one reading. */
export interface CatalogueReading {
  readonly models: ReadonlyMap<string, ModelRecord>;
  /** By public model name; `*` serves every model under its own name. */
  readonly routes: ReadonlyMap<string, readonly UpstreamRoute[]>;
}

interface ModelSqlRow {
  readonly id: string;
  readonly input_price: string;
  readonly output_price: string;
  readonly cached_input_price: string | null;
  readonly context_window: number | null;
  readonly max_output_tokens: number | null;
  readonly tokenizer: string | null;
  readonly usage_source: UsagePolicy;
  readonly created_at_ms: number;
}

interface RouteSqlRow {
  readonly public_name: string;
  readonly upstream_model_name: string;
  readonly name: string;
  readonly base_url: string;
  readonly api_key_encrypted: Uint8Array | null;
  readonly weight: number;
  readonly priority: number;
  readonly timeout_ms: number;
}

/** Reads the whole catalogue; it is small, and kept in memory between readings. */
export async function readCatalogue(sql: Sql, secrets: SecretBox): Promise<CatalogueReading> {
  return await guarded(async () => {
    const [models, routes] = await Promise.all([
      sql<ModelSqlRow[]>`
        select id, input_price::text, output_price::text, cached_input_price::text,
          context_window, max_output_tokens, tokenizer, usage_source,
          (extract(epoch from created_at) * 1000)::float8 as created_at_ms
        from model order by id`,
      sql<RouteSqlRow[]>`
        select m.public_name, m.upstream_model_name, u.name, u.base_url, u.api_key_encrypted,
          u.weight, u.priority, u.timeout_ms
        from upstream_model m join upstream u on u.name = m.upstream_name`,
    ]);
    return {
      models: new Map(models.map((row) => [row.id, modelRecord(row)])),
      routes: groupRoutes(routes, secrets),
    };
  });
}

const modelRecord = (row: ModelSqlRow): ModelRecord => ({
  id: row.id,
  price: {
    input: parsePrice(row.input_price) ?? 0n,
    output: parsePrice(row.output_price) ?? 0n,
    cachedInput: row.cached_input_price === null ? null : parsePrice(row.cached_input_price),
  },
  contextWindow: row.context_window,
  maxOutputTokens: row.max_output_tokens,
  tokenizer: row.tokenizer,
  usagePolicy: row.usage_source,
  createdAtMs: Math.floor(row.created_at_ms),
});

function groupRoutes(
  rows: readonly RouteSqlRow[],
  secrets: SecretBox,
): Map<string, UpstreamRoute[]> {
  const routes = new Map<string, UpstreamRoute[]>();
  for (const row of rows) {
    const route: UpstreamRoute = {
      upstream: row.name,
      baseUrl: row.base_url,
      apiKey: row.api_key_encrypted === null ? null : secrets.open(row.api_key_encrypted),
      modelName: row.upstream_model_name,
      weight: row.weight,
      priority: row.priority,
      timeoutMs: row.timeout_ms,
    };
    const own = routes.get(row.public_name);
    if (own === undefined) routes.set(row.public_name, [route]);
    else own.push(route);
  }
  return routes;
}
