import type { ChargeIdentity, OpenCharge } from '@/server/domain/charge';
import { type ApiKeyId, operationId, type TenantId } from '@/server/domain/ids';
import { judge, judgeCheck, judgeRaise } from '@/server/domain/judge';
import { type Day, dayOf, type Month, monthOf } from '@/server/domain/period';
import type {
  Admission,
  AdmissionReply,
  QuotaCheck,
  Raise,
  RaiseReply,
  TraceHolder,
} from '@/server/domain/ports';
import { type KeyLimits, type KeyQuotaType, periodOf } from '@/server/domain/quota';
import type { Standing } from '@/server/domain/standing';
import type { ChargeRow, Database } from './database';
import { heldRow, writePending } from './rows';

/** The twins of the Postgres quota store's transactions, with the real judgement. */
const NO_LIMITS: KeyLimits = { rpm: null, tpm: null, concurrency: null, quotas: [] };
const MINUTE_MS = 60_000;

export function check(db: Database, tenantId: TenantId, estimateNano: bigint): QuotaCheck {
  const standing = readStanding(db, tenantId, null, NO_LIMITS);
  const verdict = judgeCheck(standing, estimateNano);
  if (verdict.kind === 'refused') return verdict;
  return { kind: 'ok', availableNano: standing.quota.balanceNano - standing.heldNano };
}

export function admit(db: Database, admission: Admission): AdmissionReply {
  const { identity, limits, demand } = admission;
  const holder = holderOf(db, identity, admission.attempt);
  if (holder !== null) return { kind: 'trace_taken', holder };
  const standing = readStanding(db, identity.tenantId, identity.keyId, limits);
  const verdict = judge(standing, demand, limits);
  if (verdict.kind === 'refused') return verdict;
  const charge: OpenCharge = {
    ...identity,
    attempt: admission.attempt,
    operationId: operationId(identity.transactionId, admission.attempt),
    owner: admission.owner,
    admittedBy: 'postgres',
    heldNano: verdict.nano,
    heldTokens: verdict.tokens,
    day: standing.day,
    month: standing.month,
    countedInputTokens: admission.countedInputTokens,
  };
  if (!writePending(db, charge, admission.leaseMs)) {
    throw new Error('A trace was refused and yet is not there');
  }
  db.writeQuota(identity.tenantId, {});
  return {
    kind: 'admitted',
    store: 'postgres',
    heldNano: verdict.nano,
    heldTokens: verdict.tokens,
    availableNano: verdict.availableNano,
    rates: verdict.rates,
    day: standing.day,
    month: standing.month,
    rateMinute: null,
    rowOpened: true,
  };
}

function holderOf(db: Database, identity: ChargeIdentity, attempt: number): TraceHolder | null {
  const row = db.chargeOf(identity.tenantId, identity.traceId);
  if (row === null) return null;
  if (row.status === 'VOIDED' && row.charge.attempt === attempt - 1) return null;
  return { bodyHash: row.charge.bodyHash, keyId: row.charge.keyId };
}

export function raise(db: Database, { charge, limits, ...wanted }: Raise): RaiseReply {
  const row = heldRow(db, charge);
  if (row === null) return { kind: 'unknown' };
  const moreNano = wanted.heldNano > row.holdNano ? wanted.heldNano - row.holdNano : 0n;
  const moreTokens = Math.max(wanted.heldTokens - row.holdTokens, 0);
  const quotas: KeyLimits = { ...NO_LIMITS, quotas: limits.quotas };
  const standing = readStanding(db, charge.tenantId, charge.keyId, quotas, row);
  const refusal = judgeRaise(standing, { nano: moreNano, tokens: moreTokens }, quotas);
  if (refusal !== null) return { kind: 'refused', refusal };
  db.updateCharge(row, {
    holdNano: row.holdNano + moreNano,
    holdTokens: row.holdTokens + moreTokens,
    leaseExpiresAtMs: db.now() + wanted.leaseMs,
  });
  db.writeQuota(charge.tenantId, {});
  return { kind: 'raised' };
}

export function readStanding(
  db: Database,
  tenantId: TenantId,
  keyId: ApiKeyId | null,
  limits: KeyLimits,
  raised: ChargeRow | null = null,
): Standing {
  const quota = db.quota(tenantId);
  const nowMs = Math.floor(db.now());
  const [today, thisMonth] = [dayOf(nowMs), monthOf(nowMs)];
  const day = today > quota.dailyDate ? today : quota.dailyDate;
  const month = thisMonth > quota.monthlyMonth ? thisMonth : quota.monthlyMonth;
  const pending = db.pendingOf(tenantId);
  const own = pending.filter((row) => row.charge.keyId === keyId);
  return {
    nowMs,
    day,
    month,
    quota,
    heldNano: pending.reduce((sum, row) => sum + row.holdNano, 0n),
    openToday: pending.filter((row) => row.charge.day === day).length,
    openThisMonth: pending.filter((row) => row.charge.month === month).length,
    key: {
      open: own.length,
      ...(keyId === null ? NO_RATE : readRate(db, keyId, limits)),
      used:
        keyId === null
          ? new Map()
          : readKeyUse(db, keyId, limits, raised?.charge ?? { day, month }, raised),
    },
  };
}

const NO_RATE = { requestsPerMinute: 0, tokensPerMinute: 0, rateFreeInMs: 0 };

function readRate(db: Database, keyId: ApiKeyId, limits: KeyLimits): typeof NO_RATE {
  if (limits.rpm === null && limits.tpm === null) return NO_RATE;
  const rate = { ...NO_RATE };
  let first = Number.POSITIVE_INFINITY;
  for (const row of db.charges.values()) {
    if (row.charge.keyId !== keyId) continue;
    if (row.createdAtMs <= db.now() - MINUTE_MS) continue;
    rate.requestsPerMinute += 1;
    const isOpen = row.status === 'PENDING';
    rate.tokensPerMinute += isOpen ? row.holdTokens : row.inputTokens + row.outputTokens;
    first = Math.min(first, row.createdAtMs);
  }
  if (rate.requestsPerMinute > 0) rate.rateFreeInMs = Math.ceil(MINUTE_MS - (db.now() - first));
  return rate;
}

function readKeyUse(
  db: Database,
  keyId: ApiKeyId,
  limits: KeyLimits,
  { day, month }: { readonly day: Day; readonly month: Month },
  raised: ChargeRow | null,
): Map<KeyQuotaType, bigint> {
  const stored = db.keyQuotas.get(keyId) ?? [];
  const used = new Map<KeyQuotaType, bigint>();
  for (const { type } of limits.quotas) {
    const period = periodOf(type, day, month);
    const quota = stored.find((row) => row.type === type);
    if (raised !== null && quota !== undefined && quota.period > period) {
      used.set(type, type.endsWith('_tokens') ? BigInt(raised.holdTokens) : raised.holdNano);
      continue;
    }
    let sum = quota?.period === period ? quota.used : 0n;
    for (const row of db.charges.values()) {
      if (row.status !== 'PENDING' || row.charge.keyId !== keyId) continue;
      if (periodOf(type, row.charge.day, row.charge.month) !== period) continue;
      if (type.endsWith('_requests')) sum += 1n;
      else sum += type.endsWith('_tokens') ? BigInt(row.holdTokens) : row.holdNano;
    }
    used.set(type, sum);
  }
  return used;
}
