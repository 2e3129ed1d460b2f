import type { Keyspace } from './keyspace';
import { contribution, type Operation, period, typesOf, unpack } from './operations';

/** The twin of `include/periods.lua`: periods roll over only forward. */
function resetDay(redis: Keyspace, hash: string, day: string): void {
  redis.hset(hash, 'daily_date', day, 'daily_used', '0', 'daily_base', '0');
}

function resetMonth(redis: Keyspace, hash: string, month: string): void {
  redis.hset(hash, 'monthly_month', month, 'monthly_used', '0', 'monthly_base', '0');
}

function resetKeyQuota(redis: Keyspace, hash: string, field: string, at: string): void {
  redis.hset(hash, `kqp:${field}`, at, `kq:${field}`, '0', `kqb:${field}`, '0');
}

const isNewDay = (redis: Keyspace, hash: string, day: string): boolean =>
  day > (redis.hget(hash, 'daily_date') ?? '');
const isNewMonth = (redis: Keyspace, hash: string, month: string): boolean =>
  month > (redis.hget(hash, 'monthly_month') ?? '');
function isNewKeyPeriod(redis: Keyspace, hash: string, field: string, at: string): boolean {
  const stored = redis.hget(hash, `kqp:${field}`);
  return stored === null || at > stored;
}

/** Counts afresh what open operations of the new period already took. */
function recount(
  redis: Keyspace,
  hash: string,
  operations: string,
  field: string,
  read: (op: Operation) => string | null,
): void {
  for (const raw of redis.fields(operations).values()) {
    const taken = read(unpack(raw));
    if (taken !== null) redis.hincrby(hash, field, taken);
  }
}

export function rollDay(redis: Keyspace, hash: string, operations: string, day: string): void {
  if (!isNewDay(redis, hash, day)) return;
  resetDay(redis, hash, day);
  recount(redis, hash, operations, 'daily_used', (op) => (op.day === day ? op.daily : null));
}

export function rollMonth(redis: Keyspace, hash: string, operations: string, month: string): void {
  if (!isNewMonth(redis, hash, month)) return;
  resetMonth(redis, hash, month);
  recount(redis, hash, operations, 'monthly_used', (op) =>
    op.month === month ? op.monthly : null,
  );
}

export function rollKeyQuota(
  redis: Keyspace,
  hash: string,
  operations: string,
  key: string,
  type: string,
  at: string,
): void {
  const field = `${key}:${type}`;
  if (!isNewKeyPeriod(redis, hash, field, at)) return;
  resetKeyQuota(redis, hash, field, at);
  recount(redis, hash, operations, `kq:${field}`, (op) => {
    const counts = op.key === key && typesOf(op).includes(type);
    return counts && period(type, op.day, op.month) === at ? contribution(op, type) : null;
  });
}

/** Rolls every period that an operation belongs to. */
export function rollTo(redis: Keyspace, hash: string, operations: string, op: Operation): void {
  rollDay(redis, hash, operations, op.day);
  rollMonth(redis, hash, operations, op.month);
  for (const type of typesOf(op)) {
    rollKeyQuota(redis, hash, operations, op.key, type, period(type, op.day, op.month));
  }
}

/** For a hash being built: moves its periods up to an operation's without counting any. */
export function advancePeriods(redis: Keyspace, hash: string, op: Operation): void {
  if (isNewDay(redis, hash, op.day)) resetDay(redis, hash, op.day);
  if (isNewMonth(redis, hash, op.month)) resetMonth(redis, hash, op.month);
  for (const type of typesOf(op)) {
    const [field, at] = [`${op.key}:${type}`, period(type, op.day, op.month)];
    if (isNewKeyPeriod(redis, hash, field, at)) resetKeyQuota(redis, hash, field, at);
  }
}

export interface Periods {
  readonly day: string;
  readonly month: string;
}

/** Today by this clock; periods only go forward, even where it was set back. */
export function periodsNow(redis: Keyspace, h: ReadonlyMap<string, string>): Periods {
  const iso = new Date(Math.floor(redis.nowMs / 1000) * 1000).toISOString();
  const [day, month] = [iso.slice(0, 10), iso.slice(0, 7)];
  const [stored, storedMonth] = [h.get('daily_date') ?? '', h.get('monthly_month') ?? ''];
  return { day: day < stored ? stored : day, month: month < storedMonth ? storedMonth : month };
}
