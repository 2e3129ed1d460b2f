import { z } from 'zod';
import { isChosenKey, KEY_STATUS_CHOICES } from '../../domain/chosen';
import { KEY_QUOTA_TYPES } from '../../domain/quota';
import { everyKey, type KeyView } from '../../services/portal/list-keys';
import { type CsvCell, usd } from './cells';
import type { CsvExport } from './export';

const keysInput = z.object({
  text: z.string().max(200).default(''),
  status: z.enum(KEY_STATUS_CHOICES).default('current'),
});

/** The keys, what each may do and how much of it it has used; never the keys themselves. */
export const keysCsv: CsvExport<typeof keysInput, KeyView> = {
  name: 'keys',
  action: 'tenant.read',
  input: keysInput,
  head: [
    'key_id',
    'key_name',
    'begins_with',
    'status',
    'created_by',
    'created_at',
    'expires_at',
    'last_used_at',
    'allowed_models',
    'allowed_addresses',
    'requests_per_minute',
    'tokens_per_minute',
    'concurrency',
    ...KEY_QUOTA_TYPES.flatMap((type) => {
      const name = type.replace('_amount', '_usd');
      return [`${name}_limit`, `${name}_used`];
    }),
  ],
  async *rows(ctx, choice) {
    for await (const keys of everyKey(ctx)) yield keys.filter((key) => isChosenKey(key, choice));
  },
  cellsOf: (key) => [
    key.id,
    key.name,
    key.prefix,
    key.status,
    key.creatorName,
    key.createdAt,
    key.expiresAt,
    key.lastUsedAt,
    key.allowedModels?.join(' ') ?? null,
    key.allowedIps?.join(' ') ?? null,
    key.rpm,
    key.tpm,
    key.concurrency,
    ...KEY_QUOTA_TYPES.flatMap((type) => quotaCells(key, type)),
  ],
};

function quotaCells({ quotas }: KeyView, wanted: string): readonly CsvCell[] {
  const quota = quotas.find(({ type }) => type === wanted);
  if (quota === undefined) return [null, null];
  const { limit, used } = quota;
  return wanted.endsWith('_amount') ? [usd(BigInt(limit)), usd(BigInt(used))] : [limit, used];
}
