import {
  duration,
  expectThat,
  isDay,
  isId,
  isMonth,
  isQuotaType,
  limit,
  natural,
  text,
  type Words,
} from './arguments';
import type { Keyspace } from './keyspace';
import {
  apply,
  contribution,
  countsAll,
  mayLock,
  type Operation,
  pack,
  period,
  unpack,
} from './operations';
import { type Periods, periodsNow, rollTo } from './periods';
import { judgeRate, type Rate, readRate, usedRate, writeRate } from './rates';

/** The twins of the scripts that judge and place holds. */
export type Reply = (string | number)[];

interface QuotaLimit {
  readonly type: string;
  readonly limit: number;
}

function readQuotaLimits(words: Words, at: number): QuotaLimit[] {
  const quotas: QuotaLimit[] = [];
  const count = natural(words.at(at), 'key_quotas');
  for (let place = at + 1; quotas.length < count; place += 2) {
    const quota = { type: words.at(place), limit: natural(words.at(place + 1), 'quota_limit') };
    expectThat(isQuotaType(quota.type), 'quota type');
    quotas.push(quota);
  }
  return quotas;
}

export function check(redis: Keyspace, keys: Words, words: Words): Reply {
  const cost = natural(words.at(1), 'estimated_cost');
  const [today, month] = [words.at(2), words.at(3)];
  expectThat(keys.count === 2, 'keys');
  expectThat(isDay(today), 'today');
  expectThat(isMonth(month), 'month');
  const h = redis.fields(keys.at(1));
  const balance = h.get('balance');
  if (balance === undefined || !countsAll(redis, keys.at(1), keys.at(2))) {
    return [0, 'MISS', '0', '0', '0'];
  }
  const dailyUsed = today > (h.get('daily_date') ?? '') ? '0' : (h.get('daily_used') ?? '');
  const monthlyUsed = month > (h.get('monthly_month') ?? '') ? '0' : (h.get('monthly_used') ?? '');
  const daily = limit(h.get('daily_limit'), 'daily_limit');
  const monthly = limit(h.get('monthly_limit'), 'monthly_limit');
  let code = 'OK';
  if (daily !== null && Number(dailyUsed) >= daily) code = 'DAILY';
  else if (monthly !== null && Number(monthlyUsed) >= monthly) code = 'MONTHLY';
  else if (Number(balance) < cost - Number(h.get('credit_limit'))) code = 'INSUFFICIENT';
  return [code === 'OK' ? 1 : 0, code, balance, dailyUsed, monthlyUsed];
}

/** What the limits leave of a demand, or the reply that refuses it. */
type Room = { readonly amount: number; readonly tokens: number } | { readonly refusal: Reply };

export function hold(redis: Keyspace, keys: Words, words: Words): Reply {
  const [hash, operations, tombstones] = [keys.at(1), keys.at(2), keys.at(3)];
  const [lockKey, rateKey] = [keys.at(4), keys.at(5)];
  const demand = {
    minAmount: natural(words.at(1), 'min_amount'),
    maxAmount: natural(words.at(2), 'max_amount'),
    minTokens: natural(words.at(3), 'min_tokens'),
    maxTokens: natural(words.at(4), 'max_tokens'),
  };
  const rateTokens = natural(words.at(5), 'rate_tokens');
  const [id, key, lockValue] = [words.at(6), words.at(7), words.at(9)];
  const leaseMs = duration(words.at(8), 'lease_ms');
  expectThat(keys.count === 5, 'keys');
  expectThat(isId(id), 'operation id');
  expectThat(isId(key), 'key id');
  const rpm = limit(words.at(10), 'rpm');
  const tpm = limit(words.at(11), 'tpm');
  const concurrency = limit(words.at(12), 'concurrency');
  const quotas = readQuotaLimits(words, 13);

  const h = redis.fields(hash);
  if (!h.has('balance') || !countsAll(redis, hash, operations)) return [0, 'MISS'];
  const at = periodsNow(redis, h);
  const available = (): string => redis.hget(hash, 'balance') ?? '';
  const refused = (code: string, detail = '', waitMs = 0): Reply => [
    ...[0, code, '0', '0', available(), at.day, at.month, detail],
    text(waitMs),
  ];

  if (lockValue !== '') {
    const holder = redis.get(lockKey);
    if (holder !== null && holder !== lockValue) return refused('TAKEN', holder);
  }
  const known = redis.hget(operations, id);
  if (known !== null) {
    const op = unpack(known);
    if (op.state !== 'h') return refused('LATE');
    return [
      ...[1, 'ADMITTED', op.amount, op.tokens, available(), op.day, op.month],
      ...['', '0', '0', '0', ''],
    ];
  }
  if (redis.hasMember(tombstones, id)) return refused('LATE');
  const rate = rpm !== null || tpm !== null ? readRate(redis, rateKey) : null;
  const spent = rate === null ? null : judgeRate(rate, rpm, tpm, rateTokens);
  if (spent !== null) return refused('RATE', spent.unit, spent.waitMs);
  const refusal = judgeCounters(h, key, concurrency, at, refused);
  if (refusal !== null) return refusal;
  const room = roomFor(h, key, quotas, at, demand, refused);
  if ('refusal' in room) return room.refusal;

  const op: Operation = {
    amount: text(room.amount),
    tokens: text(room.tokens),
    daily: '1',
    monthly: '1',
    key,
    day: at.day,
    month: at.month,
    lease: text(redis.nowMs + leaseMs),
    state: 'h',
    types: quotas.map((quota) => quota.type).join(','),
  };
  rollTo(redis, hash, operations, op);
  redis.hset(operations, id, pack(op));
  apply(redis, hash, op, 1);
  if (lockValue !== '') redis.set(lockKey, lockValue, leaseMs);
  const used =
    rate === null ? { requests: 0, tokens: 0 } : countRate(redis, rateKey, rate, rateTokens);
  return [
    ...[1, 'ADMITTED', op.amount, op.tokens, available(), at.day, at.month, ''],
    ...[rate === null ? '0' : text(rate.left), text(used.requests), text(used.tokens)],
    rate === null ? '' : text(rate.window),
  ];
}

type Refuse = (code: string, detail?: string, waitMs?: number) => Reply;

function judgeCounters(
  h: ReadonlyMap<string, string>,
  key: string,
  concurrency: number | null,
  at: Periods,
  refused: Refuse,
): Reply | null {
  if (concurrency !== null && Number(h.get(`open:${key}`) ?? '0') >= concurrency) {
    return refused('CONCURRENCY');
  }
  const daily = limit(h.get('daily_limit'), 'daily_limit');
  const monthly = limit(h.get('monthly_limit'), 'monthly_limit');
  const usedToday = at.day === h.get('daily_date') ? Number(h.get('daily_used')) : 0;
  const usedThisMonth = at.month === h.get('monthly_month') ? Number(h.get('monthly_used')) : 0;
  if (daily !== null && usedToday >= daily) return refused('DAILY');
  if (monthly !== null && usedThisMonth >= monthly) return refused('MONTHLY');
  return null;
}

interface Demand {
  readonly minAmount: number;
  readonly maxAmount: number;
  readonly minTokens: number;
  readonly maxTokens: number;
}

function roomFor(
  h: ReadonlyMap<string, string>,
  key: string,
  quotas: readonly QuotaLimit[],
  at: Periods,
  demand: Demand,
  refused: Refuse,
): Room {
  let { maxAmount: amount, maxTokens: tokens } = demand;
  for (const { type, limit: max } of quotas) {
    const field = `${key}:${type}`;
    const stored = h.get(`kqp:${field}`);
    const isCurrent = stored !== undefined && period(type, at.day, at.month) <= stored;
    const left = max - (isCurrent ? Number(h.get(`kq:${field}`) ?? '0') : 0);
    const least = type.endsWith('_requests')
      ? 1
      : type.endsWith('_tokens')
        ? demand.minTokens
        : demand.minAmount;
    if (left < least) return { refusal: refused('KEY_QUOTA', type) };
    if (type.endsWith('_tokens')) tokens = Math.min(tokens, left);
    if (type.endsWith('_amount')) amount = Math.min(amount, left);
  }
  const [balance, credit] = [Number(h.get('balance')), Number(h.get('credit_limit'))];
  if (balance < demand.minAmount - credit) return { refusal: refused('INSUFFICIENT') };
  if (balance < amount - credit) amount = balance + credit;
  return { amount, tokens };
}

function countRate(redis: Keyspace, key: string, rate: Rate, wanted: number) {
  rate.requests += 1;
  rate.tokens += wanted;
  writeRate(redis, key, rate);
  return {
    requests: usedRate(rate.requests, rate.lastRequests, rate.left),
    tokens: usedRate(rate.tokens, rate.lastTokens, rate.left),
  };
}

export function raise(redis: Keyspace, keys: Words, words: Words): Reply {
  const [hash, operations, lockKey] = [keys.at(1), keys.at(2), keys.at(3)];
  const [amount, tokens] = [natural(words.at(1), 'amount'), natural(words.at(2), 'tokens')];
  const [id, lockValue] = [words.at(3), words.at(5)];
  const leaseMs = duration(words.at(4), 'lease_ms');
  const quotas = readQuotaLimits(words, 6);
  expectThat(keys.count === 3, 'keys');
  expectThat(isId(id), 'operation id');

  const raw = redis.hget(operations, id);
  const balance = redis.hget(hash, 'balance');
  if (raw === null || balance === null) return [0, 'UNKNOWN', ''];
  const op = unpack(raw);
  if (op.state !== 'h') return [0, 'UNKNOWN', ''];
  const moreAmount = Math.max(amount - Number(op.amount), 0);
  const moreTokens = Math.max(tokens - Number(op.tokens), 0);
  const credit = Number(redis.hget(hash, 'credit_limit'));
  if (moreAmount > 0 && Number(balance) < moreAmount - credit) return [0, 'INSUFFICIENT', ''];
  for (const { type, limit: max } of quotas) {
    const field = `${op.key}:${type}`;
    const isOwn = redis.hget(hash, `kqp:${field}`) === period(type, op.day, op.month);
    const used = Number(isOwn ? redis.hget(hash, `kq:${field}`) : contribution(op, type));
    const isTokens = type.endsWith('_tokens');
    const more = isTokens ? moreTokens : type.endsWith('_amount') ? moreAmount : 0;
    if (more > 0 && used + more > max) return [0, 'KEY_QUOTA', type];
  }
  const raised = {
    ...op,
    amount: text(Number(op.amount) + moreAmount),
    tokens: text(Number(op.tokens) + moreTokens),
    lease: text(redis.nowMs + leaseMs),
  };
  apply(redis, hash, op, -1);
  apply(redis, hash, raised, 1);
  redis.hset(operations, id, pack(raised));
  if (lockValue !== '' && mayLock(redis.get(lockKey), id)) redis.set(lockKey, lockValue, leaseMs);
  return [1, 'RAISED', ''];
}

export function renew(redis: Keyspace, keys: Words, words: Words): Reply {
  const leaseMs = duration(words.at(1), 'lease_ms');
  expectThat(keys.count === words.count, 'keys');
  for (let i = 2; i <= words.count; i += 1) expectThat(isId(words.at(i)), 'operation id');
  const lease = text(redis.nowMs + leaseMs);
  let known = 0;
  for (let i = 2; i <= words.count; i += 1) {
    const id = words.at(i);
    const raw = redis.hget(keys.at(1), id);
    if (raw === null) continue;
    redis.hset(keys.at(1), id, pack({ ...unpack(raw), lease }));
    if (mayLock(redis.get(keys.at(i)), id)) redis.pexpire(keys.at(i), leaseMs);
    known += 1;
  }
  return [1, 'RENEWED', text(known)];
}
