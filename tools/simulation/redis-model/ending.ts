import type { Reply } from './admission';
import {
  areQuotaTypes,
  duration,
  expectThat,
  integer,
  isDay,
  isFlag,
  isId,
  isMonth,
  limit,
  natural,
  text,
  type Words,
} from './arguments';
import { readKeyQuotas, readRow, rebase, rebaseKeyQuota } from './base';
import type { Keyspace } from './keyspace';
import { apply, countsAll, judgePacked, mayLock, type Operation, pack, unpack } from './operations';
import { advancePeriods, rollTo } from './periods';
import { giveBack } from './rates';

/** The twins of the scripts that end holds and move the base. */
export function deduct(redis: Keyspace, keys: Words, words: Words): Reply {
  const [hash, operations, tombstones] = [keys.at(1), keys.at(2), keys.at(3)];
  const rateKey = keys.at(4);
  const amount = natural(words.at(1), 'amount');
  natural(words.at(2), 'daily_requests');
  natural(words.at(3), 'monthly_requests');
  const [today, month] = [words.at(4), words.at(5)];
  const [id, key, types] = [words.at(7), words.at(8), words.at(11)];
  natural(words.at(9), 'tokens');
  const leaseMs = duration(words.at(10), 'lease_ms');
  const minute = limit(words.at(12), 'minute');
  const requestsUnused = natural(words.at(13), 'requests_unused');
  const tokensUnused = integer(words.at(14), 'tokens_unused');
  expectThat(keys.count === 4, 'keys');
  expectThat(isDay(today), 'today');
  expectThat(isMonth(month), 'month');
  expectThat(isFlag(words.at(6)), 'allow_negative');
  expectThat(isId(id), 'operation id');
  expectThat(isId(key), 'key id');
  expectThat(areQuotaTypes(types), 'quota types');

  const reply = (ok: number, code: string): Reply => [
    ...[ok, code, redis.hget(hash, 'balance') ?? '0'],
    ...[redis.hget(hash, 'daily_used') ?? '0', redis.hget(hash, 'monthly_used') ?? '0'],
  ];
  if (!redis.exists(hash)) return reply(0, 'MISS');
  if (redis.hasMember(tombstones, id)) return reply(0, 'FOLDED');
  const raw = redis.hget(operations, id);
  const before = raw === null ? null : unpack(raw);
  const op: Operation = {
    amount: words.at(1),
    tokens: words.at(9),
    daily: words.at(2),
    monthly: words.at(3),
    key: before?.key ?? key,
    day: before?.day ?? today,
    month: before?.month ?? month,
    lease: text(redis.nowMs + leaseMs),
    state: 's',
    types: before?.types ?? types,
  };
  const isRepeat = before?.state === 's' && before.amount === op.amount;
  if (isRepeat && before.tokens === op.tokens) return reply(1, 'REPEATED');
  if (words.at(6) !== '1') {
    const [balance, credit] = [redis.hget(hash, 'balance'), redis.hget(hash, 'credit_limit')];
    if (Number(balance) + Number(before?.amount ?? 0) < amount - Number(credit)) {
      return reply(0, 'INSUFFICIENT');
    }
  }
  if (before !== null) apply(redis, hash, before, -1);
  else rollTo(redis, hash, operations, op);
  apply(redis, hash, op, 1);
  redis.hset(operations, id, pack(op));
  if (minute !== null && before?.state === 'h') {
    giveBack(redis, rateKey, minute, requestsUnused, tokensUnused);
  }
  return reply(1, 'OK');
}

export function fold(redis: Keyspace, keys: Words, words: Words): Reply {
  const [hash, operations, tombstones, floorKey] = [keys.at(1), keys.at(2), keys.at(3), keys.at(4)];
  const tombstoneMs = duration(words.at(1), 'tombstone_ms');
  const count = natural(words.at(2), 'operations');
  expectThat(keys.count === 4 + count, 'keys');
  for (let i = 1; i <= count; i += 1) expectThat(isId(words.at(2 + i)), 'operation id');
  const flag = words.at(3 + count);
  expectThat(isFlag(flag), 'row flag');
  const [row, next] = flag === '1' ? readRow(words, 4 + count) : [null, 0];
  const keyQuotas = row === null ? [] : readKeyQuotas(words, next)[0];

  const isPresent = redis.hget(hash, 'version') !== null;
  for (let i = 1; i <= count; i += 1) {
    const id = words.at(2 + i);
    const raw = redis.hget(operations, id);
    if (raw !== null) {
      if (isPresent) apply(redis, hash, unpack(raw), -1);
      redis.hdel(operations, id);
    }
    redis.zadd(tombstones, redis.nowMs + tombstoneMs, id);
    const holder = redis.get(keys.at(4 + i));
    if (holder !== null && mayLock(holder, id)) redis.del(keys.at(4 + i));
  }
  if (count > 0) {
    redis.dropBelow(tombstones, redis.nowMs);
    redis.pexpire(tombstones, tombstoneMs);
  }
  if (row !== null && Number(row.version) > Number(redis.get(floorKey) ?? '0')) {
    redis.set(floorKey, row.version, tombstoneMs);
  }
  if (!isPresent) return [1, 'ABSENT'];
  if (row !== null) {
    const known = Number(redis.hget(hash, 'version'));
    if (Number(row.version) > known) rebase(redis, hash, operations, row);
    for (const quota of keyQuotas) rebaseKeyQuota(redis, hash, operations, quota);
  }
  return [1, 'FOLDED'];
}

export function warm(redis: Keyspace, keys: Words, words: Words): Reply {
  const [hash, operations, tombstones, floorKey] = [keys.at(1), keys.at(2), keys.at(3), keys.at(4)];
  expectThat(keys.count === 4, 'keys');
  const [row, afterRow] = readRow(words, 1);
  const [keyQuotas, at] = readKeyQuotas(words, afterRow);
  const holdCount = natural(words.at(at), 'holds');
  const ttlMs = duration(words.at(at + 1 + 2 * holdCount), 'ttl_ms');
  const holds: [id: string, op: Operation][] = [];
  for (let i = 0; i < holdCount; i += 1) {
    const [id, packed] = [words.at(at + 1 + 2 * i), words.at(at + 2 + 2 * i)];
    expectThat(isId(id), 'hold id');
    const op = judgePacked(packed);
    holds.push([id, { ...op, lease: text(redis.nowMs + Number(op.lease)) }]);
  }
  const known = redis.hget(hash, 'version');
  const isSound = known !== null && countsAll(redis, hash, operations);
  // One may be named twice: what the first of them writes is there for the second.
  const eachMissingHold = (visit: (id: string, op: Operation) => void): void => {
    for (const [id, op] of holds) {
      const isKnown = redis.hget(operations, id) !== null || redis.hasMember(tombstones, id);
      if (!isKnown) visit(id, op);
    }
  };
  const takeIn = (id: string, op: Operation): void => {
    rollTo(redis, hash, operations, op);
    redis.hset(operations, id, pack(op));
    apply(redis, hash, op, 1);
  };
  if (known !== null && Number(known) > Number(row.version)) {
    if (!isSound) return [0, 'STALE'];
    eachMissingHold(takeIn);
    return [1, 'CURRENT'];
  }
  if (Number(row.version) < Number(redis.get(floorKey) ?? '0')) return [0, 'STALE'];

  if (isSound) {
    if (Number(row.version) > Number(known)) rebase(redis, hash, operations, row);
    for (const quota of keyQuotas) rebaseKeyQuota(redis, hash, operations, quota);
    eachMissingHold(takeIn);
  } else {
    redis.del(hash);
    redis.hset(hash, 'version', row.version, 'base', row.base, 'balance', row.base);
    redis.hset(hash, 'credit_limit', row.creditLimit, 'daily_limit', row.dailyLimit);
    redis.hset(hash, 'daily_base', row.dailyUsed, 'daily_used', row.dailyUsed);
    redis.hset(hash, 'daily_date', row.dailyDate, 'monthly_limit', row.monthlyLimit);
    redis.hset(hash, 'monthly_base', row.monthlyUsed, 'monthly_used', row.monthlyUsed);
    redis.hset(hash, 'monthly_month', row.monthlyMonth);
    for (const quota of keyQuotas) {
      const field = `${quota.key}:${quota.type}`;
      redis.hset(hash, `kq:${field}`, quota.used, `kqb:${field}`, quota.used);
      redis.hset(hash, `kqp:${field}`, quota.period, `kqv:${field}`, quota.version);
    }
    eachMissingHold((id, op) => redis.hset(operations, id, pack(op)));
    for (const raw of [...redis.fields(operations).values()]) {
      const op = unpack(raw);
      advancePeriods(redis, hash, op);
      apply(redis, hash, op, 1);
    }
  }
  redis.pexpire(hash, ttlMs);
  return [1, 'WARMED'];
}
