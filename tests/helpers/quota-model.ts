import { dayOf, monthOf, trustedDay, trustedMonth } from '@/server/domain/period';
import { type KeyQuotaType, periodOf } from '@/server/domain/quota';
import {
  type CheckCall,
  type DeductCall,
  type FoldCall,
  type HoldCall,
  type Limit,
  lockValue,
  type OperationRef,
  type RaiseCall,
  type RenewCall,
  type WarmCall,
} from './lua-calls';
import {
  contribution,
  field,
  freshHash,
  type Hash,
  heldAgain,
  type Operation,
  rebase,
  rebaseKeyQuota,
  rollFor,
} from './quota-model-state';
import { givenBack, leftMs, type RateWindow, usedIn, waitMs, windowAt } from './rate-model';

type Reply = string[];

const later = (a: string, b: string): string => (a > b ? a : b);
const min = (a: bigint, b: bigint): bigint => (a < b ? a : b);

/**
 * What the scripts must do, said with sets instead of deltas: a base, the open operations, and
 * every counter is the base plus the sum over those operations that belong to its period.
 */
export class QuotaModel {
  nowMs: number;
  hash: Hash | null = null;
  readonly operations = new Map<string, Operation>();
  readonly tombstones = new Map<string, number>();
  readonly locks = new Map<string, string>();
  readonly rates = new Map<string, RateWindow>();
  floor = 0;

  constructor(nowMs: number) {
    this.nowMs = nowMs;
  }

  private sum(read: (op: Operation) => bigint): bigint {
    let sum = 0n;
    for (const op of this.operations.values()) sum += read(op);
    return sum;
  }

  available(hash: Hash): bigint {
    return hash.row.base - this.sum((op) => op.amount);
  }

  dailyUsed(hash: Hash): bigint {
    const { period, base } = hash.day;
    return base + this.sum((op) => (op.day === period ? BigInt(op.requests) : 0n));
  }

  monthlyUsed(hash: Hash): bigint {
    const { period, base } = hash.month;
    return base + this.sum((op) => (op.month === period ? BigInt(op.requests) : 0n));
  }

  keyUsed(hash: Hash, key: string, type: KeyQuotaType): bigint {
    const counter = hash.keyQuotas.get(field(key, type));
    if (counter === undefined) return 0n;
    return counter.base + this.sum((op) => contribution(op, key, type, counter.period));
  }

  open(key: string): number {
    return [...this.operations.values()].filter((op) => op.state === 'h' && op.key === key).length;
  }

  check({ estimate, today, month }: CheckCall): Reply {
    if (this.hash === null) return ['0', 'MISS', '0', '0', '0'];
    const { row } = this.hash;
    const daily = today > this.hash.day.period ? 0n : this.dailyUsed(this.hash);
    const monthly = month > this.hash.month.period ? 0n : this.monthlyUsed(this.hash);
    const available = this.available(this.hash);
    let code = 'OK';
    if (row.dailyLimit !== null && daily >= BigInt(row.dailyLimit)) code = 'DAILY';
    else if (row.monthlyLimit !== null && monthly >= BigInt(row.monthlyLimit)) code = 'MONTHLY';
    else if (available + row.credit < estimate) code = 'INSUFFICIENT';
    return [code === 'OK' ? '1' : '0', code, `${available}`, `${daily}`, `${monthly}`];
  }

  warm({ row, keyQuotas, holds }: WarmCall): Reply {
    if (this.hash !== null && this.hash.row.version > row.version) {
      this.takeIn(this.hash, holds);
      return ['1', 'CURRENT'];
    }
    if (row.version < this.floor) return ['0', 'STALE'];
    if (this.hash === null) this.hash = freshHash(row);
    else if (row.version > this.hash.row.version) rebase(this.hash, row);
    for (const quota of keyQuotas) rebaseKeyQuota(this.hash, quota);
    this.takeIn(this.hash, holds);
    return ['1', 'WARMED'];
  }

  private takeIn(hash: Hash, holds: WarmCall['holds']): void {
    for (const hold of holds) {
      if (this.operations.has(hold.id) || this.tombstones.has(hold.id)) continue;
      this.operations.set(hold.id, heldAgain(hold, this.nowMs));
    }
    for (const op of this.operations.values()) rollFor(hash, op);
  }

  hold(call: HoldCall): Reply {
    const { hash } = this;
    if (hash === null) return ['0', 'MISS'];
    const day = later(dayOf(this.nowMs), hash.day.period);
    const month = later(monthOf(this.nowMs), hash.month.period);
    const refused = (code: string, detail = '', wait = 0): Reply => {
      const available = `${this.available(hash)}`;
      return ['0', code, '0', '0', available, day, month, detail, `${wait}`];
    };
    const holder = call.trace === null ? undefined : this.locks.get(call.trace);
    if (holder !== undefined && holder !== lockValue(call)) return refused('TAKEN', holder);
    const known = this.operations.get(call.id);
    if (known !== undefined) {
      if (known.state === 's') return refused('LATE');
      const held = [`${known.amount}`, `${known.tokens}`, `${this.available(hash)}`];
      return ['1', 'ADMITTED', ...held, known.day, known.month, '', '0', '0', '0', ''];
    }
    if (this.tombstones.has(call.id)) return refused('LATE');
    const rate = windowAt(this.rates.get(call.key), this.nowMs);
    const limited = this.judgeRate(call, rate);
    if (limited !== null) return refused('RATE', ...limited);
    if (call.concurrency !== null && this.open(call.key) >= call.concurrency) {
      return refused('CONCURRENCY');
    }
    const { row } = hash;
    const daily = day > hash.day.period ? 0n : this.dailyUsed(hash);
    if (row.dailyLimit !== null && daily >= BigInt(row.dailyLimit)) return refused('DAILY');
    const monthly = month > hash.month.period ? 0n : this.monthlyUsed(hash);
    if (row.monthlyLimit !== null && monthly >= BigInt(row.monthlyLimit)) return refused('MONTHLY');

    let { max, maxTokens } = call;
    for (const { type, limit } of call.limits) {
      const at = periodOf(type, trustedDay(day), trustedMonth(month));
      const stands = hash.keyQuotas.get(field(call.key, type))?.period;
      const isStored = stands !== undefined && at <= stands;
      const left = limit - (isStored ? this.keyUsed(hash, call.key, type) : 0n);
      if (left < least(type, call)) return refused('KEY_QUOTA', type);
      if (type.endsWith('_tokens')) maxTokens = Math.min(maxTokens, Number(left));
      if (type.endsWith('_amount')) max = min(max, left);
    }
    const spendable = this.available(hash) + row.credit;
    if (spendable < call.min) return refused('INSUFFICIENT');
    max = min(max, spendable);

    const operation: Operation = {
      ...{ amount: max, tokens: maxTokens, requests: 1, key: call.key, day, month },
      ...{ lease: this.nowMs + call.leaseMs, state: 'h' },
      types: call.limits.map(({ type }) => type),
    };
    this.operations.set(call.id, operation);
    rollFor(hash, operation);
    if (call.trace !== null) this.locks.set(call.trace, lockValue(call));
    const admitted = [`${max}`, `${maxTokens}`, `${this.available(hash)}`, day, month, ''];
    if (call.rpm === null && call.tpm === null)
      return ['1', 'ADMITTED', ...admitted, '0', '0', '0', ''];
    const taken: RateWindow = {
      ...rate,
      requests: rate.requests + 1,
      tokens: rate.tokens + call.rateTokens,
    };
    this.rates.set(call.key, taken);
    const requestsUsed = usedIn(taken.requests, taken.lastRequests, this.nowMs);
    const tokensUsed = usedIn(taken.tokens, taken.lastTokens, this.nowMs);
    const left = leftMs(this.nowMs);
    const rates = [`${left}`, `${requestsUsed}`, `${tokensUsed}`, `${taken.window}`];
    return ['1', 'ADMITTED', ...admitted, ...rates];
  }

  private judgeRate(call: HoldCall, rate: RateWindow): [unit: string, wait: number] | null {
    const { requests, lastRequests, tokens, lastTokens } = rate;
    const { rpm, tpm, rateTokens } = call;
    if (rpm !== null && usedIn(requests, lastRequests, this.nowMs) + 1 > rpm) {
      return ['requests', waitMs(requests, lastRequests, 1, rpm, this.nowMs)];
    }
    if (tpm !== null && usedIn(tokens, lastTokens, this.nowMs) + rateTokens > tpm) {
      return ['tokens', waitMs(tokens, lastTokens, rateTokens, tpm, this.nowMs)];
    }
    return null;
  }

  raise(call: RaiseCall): Reply {
    const op = this.operations.get(call.id);
    const { hash } = this;
    if (hash === null || op === undefined || op.state !== 'h') return ['0', 'UNKNOWN', ''];
    const moreAmount = call.amount > op.amount ? call.amount - op.amount : 0n;
    const moreTokens = Math.max(call.tokens - op.tokens, 0);
    if (moreAmount > 0n && this.available(hash) + hash.row.credit < moreAmount) {
      return ['0', 'INSUFFICIENT', ''];
    }
    const over = call.limits.find((limit) => this.passes(hash, op, limit, moreAmount, moreTokens));
    if (over !== undefined) return ['0', 'KEY_QUOTA', over.type];
    this.operations.set(call.id, {
      ...op,
      amount: op.amount + moreAmount,
      tokens: op.tokens + moreTokens,
      lease: this.nowMs + call.leaseMs,
    });
    if (call.trace !== null && this.mayLock(call.trace, call.id)) {
      this.locks.set(call.trace, lockValue(call));
    }
    return ['1', 'RAISED', ''];
  }

  private passes(hash: Hash, op: Operation, { type, limit }: Limit, nano: bigint, tokens: number) {
    let more = 0n;
    if (type.endsWith('_tokens')) more = BigInt(tokens);
    if (type.endsWith('_amount')) more = nano;
    const period = periodOf(type, trustedDay(op.day), trustedMonth(op.month));
    const isOwn = hash.keyQuotas.get(field(op.key, type))?.period === period;
    const held = type.endsWith('_tokens') ? BigInt(op.tokens) : op.amount;
    const used = isOwn ? this.keyUsed(hash, op.key, type) : held;
    return more > 0n && used + more > limit;
  }

  private mayLock(trace: string, id: string): boolean {
    const holder = this.locks.get(trace);
    return holder === undefined || holder.startsWith(`${id}|`);
  }

  deduct(call: DeductCall): Reply {
    const { hash } = this;
    if (hash === null) return ['0', 'MISS', '0', '0', '0'];
    const reply = (ok: string, code: string): Reply => {
      const used = [this.dailyUsed(hash), this.monthlyUsed(hash)];
      return [ok, code, `${this.available(hash)}`, ...used.map(String)];
    };
    if (this.tombstones.has(call.id)) return reply('0', 'FOLDED');
    const before = this.operations.get(call.id);
    if (before?.state === 's' && before.amount === call.amount && before.tokens === call.tokens) {
      return reply('1', 'REPEATED');
    }
    const spendable = this.available(hash) + (before?.amount ?? 0n) + hash.row.credit;
    if (!call.allowNegative && spendable < call.amount) return reply('0', 'INSUFFICIENT');
    const { amount, tokens, requests } = call;
    const operation: Operation = {
      ...{ amount, tokens, requests, state: 's', lease: this.nowMs + call.leaseMs },
      key: before?.key ?? call.key,
      day: before?.day ?? call.today,
      month: before?.month ?? call.month,
      types: before?.types ?? call.types,
    };
    this.operations.set(call.id, operation);
    if (before === undefined) rollFor(hash, operation);
    if (call.unused !== null && before?.state === 'h') {
      const rate = windowAt(this.rates.get(call.key), this.nowMs);
      const left = givenBack(rate, call.unused);
      if (left !== null) this.rates.set(call.key, left);
    }
    return reply('1', 'OK');
  }

  fold({ operations, row, keyQuotas, tombstoneMs }: FoldCall): Reply {
    for (const { id, trace } of operations) {
      this.operations.delete(id);
      this.tombstones.set(id, this.nowMs + tombstoneMs);
      if (trace !== null && this.mayLock(trace, id)) this.locks.delete(trace);
    }
    if (operations.length > 0) {
      for (const [id, until] of this.tombstones) {
        if (until < this.nowMs) this.tombstones.delete(id);
      }
    }
    if (row !== null) this.floor = Math.max(this.floor, row.version);
    if (this.hash === null) return ['1', 'ABSENT'];
    if (row !== null) {
      if (row.version > this.hash.row.version) rebase(this.hash, row);
      for (const quota of keyQuotas) rebaseKeyQuota(this.hash, quota);
    }
    return ['1', 'FOLDED'];
  }

  renew({ operations, leaseMs }: RenewCall): Reply {
    const known = operations.filter(({ id }: OperationRef) => this.operations.has(id));
    for (const { id } of known) {
      const op = this.operations.get(id);
      if (op !== undefined) this.operations.set(id, { ...op, lease: this.nowMs + leaseMs });
    }
    return ['1', 'RENEWED', `${known.length}`];
  }
}

function least(type: KeyQuotaType, call: HoldCall): bigint {
  if (type.endsWith('_requests')) return 1n;
  return type.endsWith('_tokens') ? BigInt(call.minTokens) : call.min;
}
