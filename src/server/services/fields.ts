import { isIP } from 'node:net';
import { z } from 'zod';
import { NANO_MAX, parseNano } from '../domain/money';
import { parsePrice } from '../domain/pricing';
import { KEY_QUOTA_TYPES } from '../domain/quota';

/** Shared input fields: what they accept, in one place. Every message says what would be right. */

const INT4_MAX = 2_147_483_647;
// biome-ignore lint/suspicious/noControlCharactersInRegex: they are what is refused here.
const CONTROL = /[\u0000-\u001f\u007f]/;

const nanoText = 'must be a decimal integer string of nano-USD, at most 9000000000000000';

/** Text for people or stores: no control characters, since Postgres refuses NUL. */
export const text = (max: number) =>
  z
    .string({ error: requiredOr(`must be a string of 1 to ${max} characters`) })
    .min(1, `must be a string of 1 to ${max} characters`)
    .max(max, `must be a string of 1 to ${max} characters`)
    .refine((value) => !CONTROL.test(value), 'must not contain control characters');

export const NAME_LENGTH_MAX = 200;

export const name = z
  .string({ error: requiredOr(`must be a string of 1 to ${NAME_LENGTH_MAX} characters`) })
  .trim()
  .pipe(text(NAME_LENGTH_MAX));

/** An amount in nano-USD of either sign, as a bigint. */
export const nano = z
  .string({ error: requiredOr(nanoText) })
  .meta({ pattern: '^-?[0-9]{1,16}$', description: 'nano-USD (10⁻⁹ USD), a decimal integer.' })
  .transform((value, ctx) => {
    const parsed = parseNano(value);
    if (parsed !== null) return parsed;
    ctx.addIssue({ code: 'custom', message: nanoText });
    return z.NEVER;
  });

export const nonNegativeNano = nano.refine((value) => value >= 0n, 'must not be negative');

/** A price in nano-USD per token, as the domain's scaled integer. */
export const price = z
  .string({ error: requiredOr('must be a decimal string of nano-USD per token') })
  .meta({
    pattern: '^[0-9]{1,15}(\\.[0-9]{1,9})?$',
    description: 'nano-USD per token, an exact decimal; $0.15 per million tokens is "150".',
  })
  .transform((value, ctx) => {
    const parsed = parsePrice(value);
    if (parsed !== null) return parsed;
    ctx.addIssue({
      code: 'custom',
      message:
        'must be a decimal string of nano-USD per token such as "150" or "0.075", not negative',
    });
    return z.NEVER;
  });

const integerText = (min: number, max: number) => `must be a whole number from ${min} to ${max}`;

export const integer = (min: number, max: number = INT4_MAX) =>
  z
    .int({ error: requiredOr(integerText(min, max)) })
    .min(min, integerText(min, max))
    .max(max, integerText(min, max));

/** A count or rate that may be unlimited: null or absent. */
export const limit = (min: number) => integer(min).nullable().optional();

const quotaText = 'must be a positive whole number; amounts are nano-USD, at most 9000000000000000';

/** The limit of a key quota: requests or tokens, or nano-USD for amounts. */
const quotaLimit = z
  .union([z.int(quotaText).positive(quotaText), z.string().regex(/^\d{1,16}$/, quotaText)], {
    error: requiredOr(quotaText),
  })
  .transform((value) => BigInt(value))
  .refine((value) => value > 0n && value <= NANO_MAX, quotaText);

export const keyQuotas = z
  .array(
    z.strictObject({
      quotaType: z.enum(KEY_QUOTA_TYPES, {
        error: requiredOr(`must be one of ${KEY_QUOTA_TYPES.join(', ')}`),
      }),
      limit: quotaLimit,
    }),
  )
  .refine(
    (quotas) => new Set(quotas.map((quota) => quota.quotaType)).size === quotas.length,
    'must name each quotaType once',
  );

const instantText = 'must be an ISO 8601 instant such as 2030-01-31T00:00:00Z';
const isStorable = (at: Date): boolean => at.getTime() >= 0 && at.getUTCFullYear() <= 9999;

/** An instant from 1970 to 9999, kept as a Date. */
export const instant = z.iso
  .datetime({ offset: true, error: requiredOr(instantText) })
  .transform((value) => new Date(value))
  .refine(isStorable, instantText);

const dayText =
  'must be a day (2030-01-31) or an ISO 8601 instant (2030-01-31T00:00:00Z), from 1970 to 9999';

/** Like `instant`; a day alone is its first instant, in UTC. */
export const dayOrInstant = z.union(
  [
    z.iso
      .date()
      .transform((day) => new Date(`${day}T00:00:00Z`))
      .refine(isStorable, dayText),
    instant,
  ],
  { error: requiredOr(dayText) },
);

const isAddress = (value: string): boolean => !value.includes('%') && isIP(value) !== 0;

function isAddressOrBlock(value: string): boolean {
  const [address = '', bits, ...more] = value.split('/');
  if (!isAddress(address) || more.length > 0) return false;
  if (bits === undefined) return true;
  return /^\d{1,3}$/.test(bits) && Number(bits) <= (isIP(address) === 4 ? 32 : 128);
}

export const ipOrCidr = z
  .string({ error: requiredOr('must be an IP address or a CIDR block') })
  .refine(isAddressOrBlock, 'must be an IP address or a CIDR block such as 203.0.113.0/24');

export const modelId = text(200);
export const upstreamName = text(100);

/** Zod's own words for "absent" are about types; people want to know that it is missing. */
export function requiredOr(message: string) {
  return (issue: { readonly input?: unknown }): string =>
    issue.input === undefined ? 'is required' : message;
}
