import { z } from 'zod';
import { auditEntry } from '../audit-entry';
import type { Call } from '../context';
import { integer, modelId, requiredOr, text, upstreamName } from '../fields';
import { requireOperator } from '../permission';
import { presentUpstream, type UpstreamView } from './view';

const MODELS_MAX = 1000;
const TIMEOUT_MS_DEFAULT = 600_000;
const TIMEOUT_MS_MAX = 3_600_000;
/** What an API key may hold: it is sent in a header. */
const HEADER_SAFE = /^[\u0021-\u007e]+$/;

function isBaseUrl(value: string): boolean {
  if (!URL.canParse(value)) return false;
  const url = new URL(value);
  const isBare = url.username === '' && url.password === '' && url.search === '' && url.hash === '';
  return (url.protocol === 'http:' || url.protocol === 'https:') && isBare;
}

export const baseUrl = text(2000)
  .refine(isBaseUrl, 'must be an http or https URL without credentials, query or fragment')
  .transform((value) => value.replace(/\/+$/, ''));

const secret = z
  .string({ error: requiredOr('must be a string') })
  .max(4096, 'must have at most 4096 characters')
  .regex(HEADER_SAFE, 'must be printable ASCII without spaces');

export const putUpstreamInput = z.strictObject({
  name: upstreamName,
  baseUrl,
  /** Absent: the one it has, if any. Null: none. */
  apiKey: secret.nullable().optional(),
  models: z
    .record(modelId, modelId, {
      error: requiredOr('must map public model names to names at the upstream'),
    })
    .refine((models) => Object.keys(models).length <= MODELS_MAX, {
      message: `must have at most ${MODELS_MAX} entries`,
    })
    .refine((models) => models['*'] === undefined || models['*'] === '*', {
      path: ['*'],
      message: 'must be "*": every model is served by its own name',
    }),
  weight: integer(1, 10_000).optional(),
  priority: integer(0, 10_000).optional(),
  timeoutMs: integer(1, TIMEOUT_MS_MAX).optional(),
});

/** Adds or replaces an upstream. Its secret is sealed at rest and never read back. */
export async function putUpstream({
  ctx,
  input,
}: Call<z.output<typeof putUpstreamInput>>): Promise<UpstreamView> {
  requireOperator(ctx);
  const { apiKey } = input;
  const sealed = typeof apiKey === 'string' ? ctx.secretBox.seal(apiKey) : null;
  const view = await ctx.unitOfWork.transact(async (tx) => {
    const before = await tx.upstreams.find(input.name);
    const after = await tx.upstreams.put({
      name: input.name,
      baseUrl: input.baseUrl,
      apiKeySealed: apiKey === undefined ? 'keep' : sealed,
      models: input.models,
      weight: input.weight ?? 1,
      priority: input.priority ?? 0,
      timeoutMs: input.timeoutMs ?? TIMEOUT_MS_DEFAULT,
      builtIn: before?.builtIn ?? false,
    });
    const view = presentUpstream(after);
    await tx.auditLog.append(
      auditEntry(ctx, {
        action: 'upstream.put',
        target: input.name,
        before: before === null ? null : presentUpstream(before),
        after: { ...view, apiKeyChanged: apiKey !== undefined },
      }),
    );
    return view;
  });
  await ctx.feed.catalogueChanged();
  return view;
}
