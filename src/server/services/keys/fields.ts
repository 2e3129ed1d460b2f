import { z } from 'zod';
import { instant, ipOrCidr, keyQuotas, limit, modelId, name } from '../fields';

const LIST_MAX = 1000;

/** What a key may be given when it is made, and later. */
export const keyFields = {
  name,
  expiresAt: instant.nullable().optional(),
  allowedModels: z
    .array(modelId)
    .min(1, 'must name at least one model; leave it out to allow all')
    .max(LIST_MAX, `must have at most ${LIST_MAX} entries`)
    .nullable()
    .optional(),
  allowedIps: z
    .array(ipOrCidr)
    .min(1, 'must name at least one address; leave it out to allow all')
    .max(LIST_MAX, `must have at most ${LIST_MAX} entries`)
    .nullable()
    .optional(),
  rpm: limit(1),
  tpm: limit(1),
  concurrency: limit(1),
  quotas: keyQuotas.nullable().optional(),
};
