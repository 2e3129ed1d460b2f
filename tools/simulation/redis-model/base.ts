import {
  expectThat,
  integer,
  isDay,
  isId,
  isMonth,
  isPeriodOf,
  isQuotaType,
  limit,
  natural,
  negated,
  type Words,
} from './arguments';
import type { Keyspace } from './keyspace';
import { rollDay, rollKeyQuota, rollMonth } from './periods';

/** The twin of `include/base.lua`: one reading of Postgres's rows, as arguments give it. */
export interface Row {
  readonly version: string;
  readonly base: string;
  readonly creditLimit: string;
  readonly dailyLimit: string;
  readonly dailyUsed: string;
  readonly dailyDate: string;
  readonly monthlyLimit: string;
  readonly monthlyUsed: string;
  readonly monthlyMonth: string;
}

export interface KeyQuota {
  readonly key: string;
  readonly type: string;
  readonly used: string;
  readonly period: string;
  readonly version: string;
}

function rebaseCounter(
  redis: Keyspace,
  hash: string,
  used: string,
  base: string,
  rowUsed: string,
): void {
  const old = redis.hget(hash, base) ?? '0';
  redis.hincrby(hash, used, negated(old));
  redis.hincrby(hash, used, rowUsed);
  redis.hset(hash, base, rowUsed);
}

export function rebase(redis: Keyspace, hash: string, operations: string, row: Row): void {
  rebaseCounter(redis, hash, 'balance', 'base', row.base);
  rollDay(redis, hash, operations, row.dailyDate);
  if (row.dailyDate === redis.hget(hash, 'daily_date')) {
    rebaseCounter(redis, hash, 'daily_used', 'daily_base', row.dailyUsed);
  }
  rollMonth(redis, hash, operations, row.monthlyMonth);
  if (row.monthlyMonth === redis.hget(hash, 'monthly_month')) {
    rebaseCounter(redis, hash, 'monthly_used', 'monthly_base', row.monthlyUsed);
  }
  redis.hset(hash, 'version', row.version, 'credit_limit', row.creditLimit);
  redis.hset(hash, 'daily_limit', row.dailyLimit, 'monthly_limit', row.monthlyLimit);
}

export function rebaseKeyQuota(
  redis: Keyspace,
  hash: string,
  operations: string,
  quota: KeyQuota,
): void {
  const field = `${quota.key}:${quota.type}`;
  const known = Number(redis.hget(hash, `kqv:${field}`) ?? '0');
  if (Number(quota.version) <= known) return;
  rollKeyQuota(redis, hash, operations, quota.key, quota.type, quota.period);
  if (quota.period === redis.hget(hash, `kqp:${field}`)) {
    rebaseCounter(redis, hash, `kq:${field}`, `kqb:${field}`, quota.used);
  }
  redis.hset(hash, `kqv:${field}`, quota.version);
}

/** Reads nine row fields at `at` and judges them. Returns the row and the next place. */
export function readRow(words: Words, at: number): [row: Row, next: number] {
  const row: Row = {
    version: words.at(at),
    base: words.at(at + 1),
    creditLimit: words.at(at + 2),
    dailyLimit: words.at(at + 3),
    dailyUsed: words.at(at + 4),
    dailyDate: words.at(at + 5),
    monthlyLimit: words.at(at + 6),
    monthlyUsed: words.at(at + 7),
    monthlyMonth: words.at(at + 8),
  };
  natural(row.version, 'version');
  integer(row.base, 'base');
  natural(row.creditLimit, 'credit_limit');
  limit(row.dailyLimit, 'daily_limit');
  natural(row.dailyUsed, 'daily_used');
  limit(row.monthlyLimit, 'monthly_limit');
  natural(row.monthlyUsed, 'monthly_used');
  expectThat(isDay(row.dailyDate), 'daily_date');
  expectThat(isMonth(row.monthlyMonth), 'monthly_month');
  return [row, at + 9];
}

/** Reads a count and that many key quotas at `at`. */
export function readKeyQuotas(words: Words, at: number): [quotas: KeyQuota[], next: number] {
  const count = natural(words.at(at), 'key_quotas');
  const quotas: KeyQuota[] = [];
  for (let place = at + 1; quotas.length < count; place += 5) {
    const quota = {
      key: words.at(place),
      type: words.at(place + 1),
      used: words.at(place + 2),
      period: words.at(place + 3),
      version: words.at(place + 4),
    };
    expectThat(isId(quota.key), 'key quota key');
    expectThat(isQuotaType(quota.type), 'key quota type');
    integer(quota.used, 'key quota used');
    expectThat(isPeriodOf(quota.type, quota.period), 'key quota period');
    natural(quota.version, 'key quota version');
    quotas.push(quota);
  }
  return [quotas, at + 1 + 5 * count];
}
