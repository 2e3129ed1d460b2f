import {
  type ApiKeyId,
  newApiKeyId,
  newTenantId,
  type TenantId,
  trustedTraceId,
} from '@/server/domain/ids';
import { dayOf, monthOf } from '@/server/domain/period';
import type { ModelRecord } from '@/server/domain/ports';
import { parsePrice } from '@/server/domain/pricing';
import { KEY_QUOTA_TYPES, type KeyLimits, type KeyQuotaType } from '@/server/domain/quota';
import { type Database, nameOfTrace } from '../postgres-model/database';
import type { Journal } from './journal';
import type { Dice } from './random';

/** A tenant as the clients know it, and how far it could ever have gone rightfully. */
export interface TenantPlan {
  readonly id: TenantId;
  /** Stands in every prompt and answer of the tenant, and in nobody else's. */
  readonly tag: string;
  readonly keys: readonly ApiKeyId[];
  readonly bounds: Bounds;
}

/** The most lenient that its limits ever were. */
export interface Bounds {
  creditNano: bigint;
  /** What operators took from the balance. */
  takenNano: bigint;
  dailyLimit: number | null;
  monthlyLimit: number | null;
}

const price = (text: string): bigint => parsePrice(text) ?? 0n;

const model = (id: string, over: Partial<ModelRecord>): ModelRecord => ({
  id,
  price: { input: price('3'), output: price('10.5'), cachedInput: price('1') },
  contextWindow: 4_000,
  maxOutputTokens: 1_500,
  tokenizer: null,
  usagePolicy: 'counted',
  createdAtMs: 0,
  ...over,
});

export const MODELS: readonly ModelRecord[] = [
  model('sharp', {}),
  model('blurred', { maxOutputTokens: null }),
  model('trusting', { usagePolicy: 'upstream', contextWindow: null, maxOutputTokens: null }),
];

/** Small balances and small limits, so that requests meet them. */
export function drawTenants(dice: Dice, db: Database, journal: Journal): TenantPlan[] {
  for (const one of MODELS) db.models.set(one.id, one);
  return Array.from({ length: dice.between(1, 3) }, (_, index) => {
    const id = newTenantId();
    journal.name(id, `tenant${index}`);
    const balanceNano = BigInt(
      dice.pick([0, 5_000, 20_000, 80_000, 200_000]) + dice.between(0, 9_000),
    );
    const creditNano = BigInt(dice.pick([0, 0, 5_000]));
    const dailyLimit = dice.chance(0.3) ? dice.between(0, 12) : null;
    const monthlyLimit = dice.chance(0.2) ? dice.between(1, 15) : null;
    db.quotas.set(id, {
      tenantId: id,
      balanceNano,
      creditLimitNano: creditNano,
      dailyLimit,
      dailyUsed: 0,
      dailyDate: dayOf(db.now()),
      monthlyLimit,
      monthlyUsed: 0,
      monthlyMonth: monthOf(db.now()),
      version: 1,
    });
    const traceId = trustedTraceId('first-balance');
    db.traces.set(nameOfTrace(id, traceId), 'credit');
    const first = { tenantId: id, traceId, kind: 'topup' as const, amountNano: balanceNano };
    db.credits.set(nameOfTrace(id, traceId), first);
    const keys = Array.from({ length: dice.between(1, 2) }, (_, at) => {
      const keyId = newApiKeyId();
      journal.name(keyId, `key${index}${at}`);
      addKey(db, id, keyId, drawLimits(dice));
      return keyId;
    });
    const bounds = { creditNano, takenNano: 0n, dailyLimit, monthlyLimit };
    return { id, tag: `<tenant-${index}>`, keys, bounds };
  });
}

function addKey(db: Database, tenantId: TenantId, keyId: ApiKeyId, limits: KeyLimits): void {
  db.keys.set(keyId, {
    ...{ keyId, tenantId, status: 'active', expiresAtMs: null },
    ...{ allowedModels: null, allowedIps: null, limits },
  });
  db.keyQuotas.set(
    keyId,
    limits.quotas.map(({ type, limit }) => ({
      ...{ keyId, type, limit, used: 0n, period: '', version: 1 },
    })),
  );
}

function drawLimits(dice: Dice): KeyLimits {
  const quotas = KEY_QUOTA_TYPES.filter(() => dice.chance(0.07)).map((type) => ({
    type,
    limit: BigInt(drawQuota(dice, type)),
  }));
  return {
    rpm: dice.chance(0.25) ? dice.between(2, 12) : null,
    tpm: dice.chance(0.2) ? dice.between(600, 6_000) : null,
    concurrency: dice.chance(0.3) ? dice.between(1, 4) : null,
    quotas,
  };
}

function drawQuota(dice: Dice, type: KeyQuotaType): number {
  if (type.endsWith('_requests')) return dice.between(1, 12);
  return type.endsWith('_tokens') ? dice.between(300, 9_000) : dice.between(3_000, 90_000);
}
