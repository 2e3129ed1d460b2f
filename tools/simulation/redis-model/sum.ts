import type { Reply } from './admission';
import { expectThat, text, type Words } from './arguments';
import type { Keyspace } from './keyspace';
import { contribution, period, typesOf, unpack } from './operations';

/** The twin of `quota_sum.lua`: holds a hash against its base and its open operations. */
export function sum(redis: Keyspace, keys: Words, words: Words): Reply {
  const [hash, operations] = [keys.at(1), keys.at(2)];
  expectThat(keys.count === 2, 'keys');
  const h = redis.fields(hash);
  const [version, base] = [h.get('version'), h.get('base')];
  if (version === undefined || base === undefined) return [0];
  const sums = new Map<string, bigint>();
  const add = (field: string, value: string | undefined, sign: 1n | -1n): void => {
    sums.set(field, (sums.get(field) ?? 0n) + sign * BigInt(value ?? '0'));
  };
  for (const [used, from] of COUNTERS) {
    add(used, h.get(used), 1n);
    add(used, h.get(from), -1n);
  }
  add('ops', h.get('ops'), 1n);
  for (const [field, value] of h) {
    if (field.startsWith('open:') || field.startsWith('kq:')) add(field, value, 1n);
    if (field.startsWith('kq:')) add(field, h.get(`kqb:${field.slice(3)}`), -1n);
  }
  for (const raw of redis.fields(operations).values()) {
    const op = unpack(raw);
    add('balance', op.amount, 1n);
    add('ops', '1', -1n);
    if (op.day === h.get('daily_date')) add('daily_used', op.daily, -1n);
    if (op.month === h.get('monthly_month')) add('monthly_used', op.monthly, -1n);
    if (op.state === 'h') add(`open:${op.key}`, '1', -1n);
    for (const type of typesOf(op)) {
      const field = `${op.key}:${type}`;
      if (h.get(`kqp:${field}`) === period(type, op.day, op.month)) {
        add(`kq:${field}`, contribution(op, type), -1n);
      }
    }
  }
  const isSound = [...sums.values()].every((value) => value === 0n);
  // What is said is one of Lua's doubles, which skip integers beyond 2⁵³.
  const stray = text(Number(sums.get('balance')));
  const reply = [1, isSound ? 'SOUND' : 'DROPPED', version, base, stray];
  for (let at = 1; at <= words.count; at += 1) reply.push(h.get(`kqv:${words.at(at)}`) ?? '0');
  if (!isSound) redis.del(hash);
  return reply;
}

const COUNTERS = [
  ['balance', 'base'],
  ['daily_used', 'daily_base'],
  ['monthly_used', 'monthly_base'],
] as const;
