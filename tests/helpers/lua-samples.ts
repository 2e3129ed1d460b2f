import { BENCH_DAY, BENCH_MONTH, type LuaBench, LuaTenant } from './lua-bench';
import type {
  AnswerCall,
  CheckCall,
  DeductCall,
  FoldCall,
  HoldCall,
  LostHold,
  RaiseCall,
  Row,
  StandingCall,
  WarmCall,
} from './lua-calls';

export const KEY = 'key-1';
const LEASE_MS = 30_000;

export const row = (over: Partial<Row> = {}): Row => ({
  version: 1,
  base: 1_000n,
  credit: 0n,
  dailyLimit: null,
  dailyUsed: 0,
  day: BENCH_DAY,
  monthlyLimit: null,
  monthlyUsed: 0,
  month: BENCH_MONTH,
  ...over,
});

export const warmCall = (over: Partial<WarmCall> = {}): WarmCall => ({
  row: row(),
  keyQuotas: [],
  holds: [],
  ttlMs: 86_400_000,
  ...over,
});

export const holdCall = (id: string, over: Partial<HoldCall> = {}): HoldCall => ({
  id,
  key: KEY,
  trace: null,
  min: 100n,
  max: 100n,
  minTokens: 10,
  maxTokens: 10,
  rateTokens: 10,
  leaseMs: LEASE_MS,
  rpm: null,
  tpm: null,
  concurrency: null,
  limits: [],
  ...over,
});

export const raiseCall = (id: string, over: Partial<RaiseCall> = {}): RaiseCall => ({
  id,
  key: KEY,
  trace: null,
  amount: 150n,
  tokens: 15,
  leaseMs: LEASE_MS,
  limits: [],
  ...over,
});

export const deductCall = (id: string, over: Partial<DeductCall> = {}): DeductCall => ({
  id,
  key: KEY,
  amount: 70n,
  tokens: 7,
  requests: 1,
  today: BENCH_DAY,
  month: BENCH_MONTH,
  allowNegative: true,
  leaseMs: LEASE_MS,
  types: [],
  unused: null,
  ...over,
});

export const foldCall = (ids: readonly string[], over: Partial<FoldCall> = {}): FoldCall => ({
  operations: ids.map((id) => ({ id, trace: null })),
  row: null,
  keyQuotas: [],
  tombstoneMs: 120_000,
  ...over,
});

export const checkCall = (over: Partial<CheckCall> = {}): CheckCall => ({
  estimate: 0n,
  today: BENCH_DAY,
  month: BENCH_MONTH,
  ...over,
});

export const standingCall = (over: Partial<StandingCall> = {}): StandingCall => ({
  ...{ key: KEY, rateTokens: 10, rpm: null, tpm: null, types: [], ...over },
});

export const answerCall = (label: string, over: Partial<AnswerCall> = {}): AnswerCall => ({
  ...{ label, ttlMs: 86_400_000, budget: 1_000, overhead: 10, value: 'x'.repeat(90), ...over },
});

export const lostHold = (id: string, over: Partial<LostHold> = {}): LostHold => ({
  id,
  amount: 100n,
  tokens: 10,
  key: KEY,
  day: BENCH_DAY,
  month: BENCH_MONTH,
  leaseLeftMs: LEASE_MS,
  types: [],
  ...over,
});

/** A tenant whose hash stands at version 1 with a base of 1,000, or as `call` says. */
export async function warmTenant(
  bench: LuaBench,
  call: Partial<WarmCall> = {},
): Promise<LuaTenant> {
  const tenant = new LuaTenant(bench);
  await tenant.warm(warmCall(call));
  return tenant;
}
