import type { Reply } from './admission';
import { duration, expectThat, natural, negated, text, type Words } from './arguments';
import type { Keyspace } from './keyspace';

const LABEL = /^[A-Za-z0-9._:-]+\|?\d*$/;
const TOTAL = '|';
const AT_ONCE = 100;

/** The twin of `answer_put.lua`. */
export function answerPut(redis: Keyspace, keys: Words, args: Words): Reply {
  const [answer, account, ends, label] = [keys.at(1), keys.at(2), keys.at(3), args.at(1)];
  const [ttlMs, budget] = [duration(args.at(2), 'ttl_ms'), natural(args.at(3), 'budget')];
  const [overhead, value] = [natural(args.at(4), 'overhead'), args.at(5)];
  expectThat(keys.count === 3, 'keys');
  expectThat(LABEL.test(label), 'label');
  expectThat(args.count === 5, 'answer');
  if (!redis.exists(ends)) redis.del(account);
  const counted = (field: string): number => Number(redis.hget(account, field) ?? '0');
  const size = Buffer.byteLength(value) + overhead;
  const totalWithThis = (): number => counted(TOTAL) - counted(label) + size;
  let ended: string[];
  do {
    ended = redis.membersBelow(ends, redis.nowMs, AT_ONCE);
    for (const gone of ended) {
      redis.hincrby(account, TOTAL, negated(text(counted(gone))));
      redis.hdel(account, gone);
      redis.zrem(ends, gone);
    }
  } while (ended.length === AT_ONCE && totalWithThis() > budget);
  const total = totalWithThis();
  if (total > budget) return [0, 'FULL', text(counted(TOTAL))];
  redis.set(answer, value, ttlMs);
  redis.hset(account, label, text(size), TOTAL, text(total));
  redis.zadd(ends, redis.nowMs + ttlMs, label);
  redis.pexpire(account, ttlMs);
  redis.pexpire(ends, ttlMs);
  return [1, 'STORED', text(total)];
}
