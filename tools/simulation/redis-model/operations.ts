import { areQuotaTypes, expectThat, isDay, isId, isMonth, natural, negated } from './arguments';
import type { Keyspace } from './keyspace';

/** The twin of `include/operations.lua`. */
export interface Operation {
  amount: string;
  tokens: string;
  daily: string;
  monthly: string;
  key: string;
  day: string;
  month: string;
  lease: string;
  state: string;
  types: string;
}

export const pack = (op: Operation): string =>
  [
    op.amount,
    op.tokens,
    op.daily,
    op.monthly,
    op.key,
    op.day,
    op.month,
    op.lease,
    op.state,
    op.types,
  ].join('|');

export function unpack(raw: string): Operation {
  const [amount, tokens, daily, monthly, key, day, month, lease, state, types] = raw.split('|');
  return {
    amount: amount ?? '',
    tokens: tokens ?? '',
    daily: daily ?? '',
    monthly: monthly ?? '',
    key: key ?? '',
    day: day ?? '',
    month: month ?? '',
    lease: lease ?? '',
    state: state ?? '',
    types: types ?? '',
  };
}

export function judgePacked(raw: string): Operation {
  const op = unpack(raw);
  natural(op.amount, 'hold amount');
  natural(op.tokens, 'hold tokens');
  natural(op.daily, 'hold daily');
  natural(op.monthly, 'hold monthly');
  natural(op.lease, 'hold lease');
  expectThat(isId(op.key), 'hold key');
  expectThat(isDay(op.day) && isMonth(op.month), 'hold period');
  expectThat(op.state === 'h' && areQuotaTypes(op.types), 'hold');
  expectThat(pack(op) === raw, 'hold');
  return op;
}

export const mayLock = (holder: string | null, id: string): boolean =>
  holder === null || holder.startsWith(`${id}|`);

export const typesOf = (op: Operation): string[] =>
  op.types === '' ? [] : op.types.split(',').filter((type) => type !== '');

export function contribution(op: Operation, quotaType: string): string {
  if (quotaType.endsWith('_requests')) return op.daily;
  return quotaType.endsWith('_tokens') ? op.tokens : op.amount;
}

export function period(quotaType: string, day: string, month: string): string {
  if (quotaType.startsWith('daily_')) return day;
  return quotaType.startsWith('monthly_') ? month : '';
}

/** Whether a hash knows all the operations that are open. */
export const countsAll = (redis: Keyspace, hash: string, operations: string): boolean =>
  Number(redis.hget(hash, 'ops') ?? '0') === redis.fields(operations).size;

/** Adds an operation to, or takes it from (sign −1), every counter whose period it belongs to. */
export function apply(redis: Keyspace, hash: string, op: Operation, sign: 1 | -1): void {
  const signed = (value: string): string => (sign > 0 ? value : negated(value));
  redis.hincrby(hash, 'ops', signed('1'));
  redis.hincrby(hash, 'balance', sign > 0 ? negated(op.amount) : op.amount);
  if (op.day === redis.hget(hash, 'daily_date')) {
    redis.hincrby(hash, 'daily_used', signed(op.daily));
  }
  if (op.month === redis.hget(hash, 'monthly_month')) {
    redis.hincrby(hash, 'monthly_used', signed(op.monthly));
  }
  if (op.state === 'h') redis.hincrby(hash, `open:${op.key}`, signed('1'));
  for (const type of typesOf(op)) {
    const field = `${op.key}:${type}`;
    if (redis.hget(hash, `kqp:${field}`) === period(type, op.day, op.month)) {
      redis.hincrby(hash, `kq:${field}`, signed(contribution(op, type)));
    }
  }
}
