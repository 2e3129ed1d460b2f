import type { UpstreamRoute } from '@/server/domain/ports';

/** A place to buy from, as the catalogue knows it. */
export const routeTo = (baseUrl: string, fields: Partial<UpstreamRoute> = {}): UpstreamRoute => ({
  upstream: 'up',
  baseUrl,
  apiKey: null,
  modelName: 'sim-fast',
  weight: 1,
  priority: 0,
  timeoutMs: 5_000,
  ...fields,
});
