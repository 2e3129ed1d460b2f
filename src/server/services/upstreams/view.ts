import { z } from 'zod';
import type { UpstreamRecord } from '../../domain/ports/repositories';

/** An upstream as an operator sees it: whether it has a secret, never the secret. */
export const upstreamView = z.object({
  name: z.string(),
  baseUrl: z.string(),
  hasApiKey: z.boolean(),
  models: z.record(z.string(), z.string()),
  weight: z.number(),
  priority: z.number(),
  timeoutMs: z.number(),
  builtIn: z.boolean(),
  createdAt: z.string(),
  updatedAt: z.string(),
});
export type UpstreamView = z.output<typeof upstreamView>;

export const presentUpstream = (upstream: UpstreamRecord): UpstreamView => ({
  ...upstream,
  models: { ...upstream.models },
  createdAt: upstream.createdAt.toISOString(),
  updatedAt: upstream.updatedAt.toISOString(),
});
