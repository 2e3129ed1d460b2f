import { trustedDay, trustedMonth } from '@/server/domain/period';
import { type KeyQuotaType, periodOf } from '@/server/domain/quota';
import type { KeyQuota, LostHold, Row } from './lua-calls';

export interface Operation {
  readonly amount: bigint;
  readonly tokens: number;
  readonly requests: number;
  readonly key: string;
  readonly day: string;
  readonly month: string;
  readonly lease: number;
  readonly state: 'h' | 's';
  readonly types: readonly KeyQuotaType[];
}

/** A counter's base and the period it stands in; what operations add is never stored. */
export interface Counter {
  period: string;
  base: bigint;
}

export interface Hash {
  row: Row;
  readonly day: Counter;
  readonly month: Counter;
  readonly keyQuotas: Map<string, Counter>;
  readonly keyVersions: Map<string, number>;
}

export const field = (key: string, type: string): string => `${key}:${type}`;

export function contribution(
  op: Operation,
  key: string,
  type: KeyQuotaType,
  period: string,
): bigint {
  if (op.key !== key || !op.types.includes(type)) return 0n;
  if (periodOf(type, trustedDay(op.day), trustedMonth(op.month)) !== period) return 0n;
  if (type.endsWith('_requests')) return BigInt(op.requests);
  return type.endsWith('_tokens') ? BigInt(op.tokens) : op.amount;
}

export const heldAgain = (
  { id: _id, leaseLeftMs, ...hold }: LostHold,
  nowMs: number,
): Operation => ({
  ...hold,
  lease: nowMs + leaseLeftMs,
  requests: 1,
  state: 'h',
});

export const freshHash = (row: Row): Hash => ({
  row,
  day: { period: row.day, base: BigInt(row.dailyUsed) },
  month: { period: row.month, base: BigInt(row.monthlyUsed) },
  keyQuotas: new Map(),
  keyVersions: new Map(),
});

/** Periods go forward only; a new one begins at nothing. */
function roll(counter: Counter, period: string): void {
  if (period <= counter.period) return;
  counter.period = period;
  counter.base = 0n;
}

function rebaseCounter(counter: Counter, period: string, used: bigint): void {
  roll(counter, period);
  if (counter.period === period) counter.base = used;
}

export function rebase(hash: Hash, row: Row): void {
  hash.row = row;
  rebaseCounter(hash.day, row.day, BigInt(row.dailyUsed));
  rebaseCounter(hash.month, row.month, BigInt(row.monthlyUsed));
}

function counterOf(hash: Hash, name: string, period: string): Counter {
  const counter = hash.keyQuotas.get(name) ?? { period, base: 0n };
  hash.keyQuotas.set(name, counter);
  return counter;
}

export function rebaseKeyQuota(hash: Hash, { key, type, used, period, version }: KeyQuota): void {
  const name = field(key, type);
  if (version <= (hash.keyVersions.get(name) ?? 0)) return;
  hash.keyVersions.set(name, version);
  rebaseCounter(counterOf(hash, name, period), period, used);
}

export function rollFor(hash: Hash, op: Operation): void {
  roll(hash.day, op.day);
  roll(hash.month, op.month);
  for (const type of op.types) {
    const at = periodOf(type, trustedDay(op.day), trustedMonth(op.month));
    roll(counterOf(hash, field(op.key, type), at), at);
  }
}
