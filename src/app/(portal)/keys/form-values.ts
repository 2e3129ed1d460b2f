import { amountText, readAmount } from '@/components/ui/amount';
import type { KeyQuotaType } from '@/server/domain/quota';
import type { KeyView } from '@/server/services/portal/list-keys';

export const UNITS = ['amount', 'requests', 'tokens'] as const;
export const PERIODS = ['daily', 'monthly', 'total'] as const;
export type Unit = (typeof UNITS)[number];
export type Period = (typeof PERIODS)[number];

export interface QuotaValues {
  /** Tells rows apart while they are edited. */
  readonly row: number;
  readonly unit: Unit;
  readonly period: Period;
  readonly limit: string;
}

export const EXPIRIES = ['never', '7', '30', '90', '365', 'date'] as const;
/** `keep`: the instant that the key has already. */
export type Expiry = (typeof EXPIRIES)[number] | 'keep';

/** What stands in the form, as it was typed. */
export interface KeyValues {
  readonly name: string;
  readonly expiry: Expiry;
  readonly expiryDay: string;
  readonly quotas: readonly QuotaValues[];
  /** Empty: all. */
  readonly models: readonly string[];
  readonly addresses: string;
  readonly rpm: string;
  readonly tpm: string;
  readonly concurrency: string;
}

export const NEW_KEY: KeyValues = {
  name: '',
  expiry: 'never',
  expiryDay: '',
  quotas: [],
  models: [],
  addresses: '',
  rpm: '',
  tpm: '',
  concurrency: '',
};

const countText = (value: number | null): string => (value === null ? '' : String(value));

/** The form of a key that is there already. */
export function valuesOf(key: KeyView): KeyValues {
  return {
    name: key.name,
    expiry: key.expiresAt === null ? 'never' : 'keep',
    expiryDay: '',
    quotas: key.quotas.map(({ type, limit }, row) => {
      const [period, unit] = splitType(type);
      return { row, unit, period, limit: unit === 'amount' ? amountText(BigInt(limit)) : limit };
    }),
    models: key.allowedModels ?? [],
    addresses: (key.allowedIps ?? []).join('\n'),
    rpm: countText(key.rpm),
    tpm: countText(key.tpm),
    concurrency: countText(key.concurrency),
  };
}

function splitType(type: string): [Period, Unit] {
  const period = PERIODS.find((one) => type.startsWith(one)) ?? 'total';
  return [period, UNITS.find((one) => type.endsWith(one)) ?? 'requests'];
}

export const quotaTypeOf = ({ period, unit }: Pick<QuotaValues, 'period' | 'unit'>): KeyQuotaType =>
  `${period}_${unit}`;

/** What is wrong with a field; for addresses, the one that is none. */
export interface Faults {
  readonly name?: true;
  readonly expiryDay?: true;
  readonly addresses?: string;
  readonly rpm?: true;
  readonly tpm?: true;
  readonly concurrency?: true;
  /** By the quota's row. */
  readonly quotas: ReadonlyMap<number, 'count' | 'amount' | 'twice'>;
}

/** What the server is asked for; null is unlimited, an absent end stays as it is. */
export interface KeyInput {
  name: string;
  expiresAt?: string | null;
  allowedModels: string[] | null;
  allowedIps: string[] | null;
  rpm: number | null;
  tpm: number | null;
  concurrency: number | null;
  quotas: { quotaType: KeyQuotaType; limit: string }[];
}

const INT4_MAX = 2_147_483_647;
const DAY_MS = 86_400_000;

/** Reads the form: what to ask for, or what is wrong where. */
export function readValues(
  values: KeyValues,
  nowMs: number,
): { readonly input: KeyInput } | { readonly faults: Faults } {
  const name = values.name.trim();
  const expiresAt = readExpiry(values, nowMs);
  const addresses = values.addresses.split(/[\s,]+/).filter((part) => part !== '');
  const strange = addresses.find((part) => !isAddressOrBlock(part));
  const [rpm, tpm, concurrency] = [
    readCount(values.rpm),
    readCount(values.tpm),
    readCount(values.concurrency),
  ];
  const quotas = readQuotas(values.quotas);
  const faults: Faults = {
    ...(name === '' || name.length > 200 ? { name: true } : {}),
    ...(expiresAt === 'wrong' ? { expiryDay: true } : {}),
    ...(strange === undefined ? {} : { addresses: strange }),
    ...(rpm === 'wrong' ? { rpm: true } : {}),
    ...(tpm === 'wrong' ? { tpm: true } : {}),
    ...(concurrency === 'wrong' ? { concurrency: true } : {}),
    quotas: quotas.faults,
  };
  if (
    expiresAt === 'wrong' ||
    rpm === 'wrong' ||
    tpm === 'wrong' ||
    concurrency === 'wrong' ||
    Object.keys(faults).length > 1 ||
    faults.quotas.size > 0
  ) {
    return { faults };
  }
  return {
    input: {
      name,
      ...(expiresAt === 'keep' ? {} : { expiresAt }),
      allowedModels: values.models.length === 0 ? null : [...values.models],
      allowedIps: addresses.length === 0 ? null : addresses,
      rpm,
      tpm,
      concurrency,
      quotas: quotas.read,
    },
  };
}

function readExpiry(
  { expiry, expiryDay }: KeyValues,
  nowMs: number,
): string | null | 'keep' | 'wrong' {
  if (expiry === 'keep') return 'keep';
  if (expiry === 'never') return null;
  if (expiry !== 'date') return new Date(nowMs + Number(expiry) * DAY_MS).toISOString();
  const endMs = Date.parse(`${expiryDay}T00:00:00Z`) + DAY_MS;
  return endMs > nowMs && endMs < Date.UTC(9999, 0) ? new Date(endMs).toISOString() : 'wrong';
}

function readCount(text: string): number | null | 'wrong' {
  const digits = text.trim();
  if (digits === '') return null;
  const count = /^\d{1,10}$/.test(digits) ? Number(digits) : 0;
  return count >= 1 && count <= INT4_MAX ? count : 'wrong';
}

function readQuotas(quotas: readonly QuotaValues[]) {
  const faults = new Map<number, 'count' | 'amount' | 'twice'>();
  const read: KeyInput['quotas'] = [];
  for (const quota of quotas) {
    const quotaType = quotaTypeOf(quota);
    const limit =
      quota.unit === 'amount'
        ? readAmount(quota.limit)
        : /^[1-9]\d{0,14}$/.exec(quota.limit.trim())?.[0];
    if (read.some((other) => other.quotaType === quotaType)) faults.set(quota.row, 'twice');
    else if (limit === null || limit === undefined) {
      faults.set(quota.row, quota.unit === 'amount' ? 'amount' : 'count');
    } else read.push({ quotaType, limit });
  }
  return { faults, read };
}

/** The server judges again; this only says so while the form is open. */
function isAddressOrBlock(text: string): boolean {
  const [address = '', bits, ...more] = text.split('/');
  const isV4 = /^(\d{1,3}\.){3}\d{1,3}$/.test(address);
  const isGood = isV4
    ? address.split('.').every((part) => Number(part) <= 255 && String(Number(part)) === part)
    : address.includes(':') && URL.canParse(`http://[${address}]/`);
  if (!isGood || more.length > 0) return false;
  return bits === undefined || (/^\d{1,3}$/.test(bits) && Number(bits) <= (isV4 ? 32 : 128));
}
