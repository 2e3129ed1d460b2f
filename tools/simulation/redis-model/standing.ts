import type { Reply } from './admission';
import { expectThat, isId, isQuotaType, limit, natural, text, type Words } from './arguments';
import type { Keyspace } from './keyspace';
import { countsAll, period } from './operations';
import { periodsNow } from './periods';
import { judgeRate, readRate, usedRate } from './rates';

/** The twin of `quota_standing.lua`: reads all that an admission depends on. */
export function standing(redis: Keyspace, keys: Words, words: Words): Reply {
  const key = words.at(1);
  const rateTokens = natural(words.at(2), 'rate_tokens');
  const [rpm, tpm] = [limit(words.at(3), 'rpm'), limit(words.at(4), 'tpm')];
  expectThat(keys.count === 3, 'keys');
  expectThat(isId(key), 'key id');
  const count = natural(words.at(5), 'key_quotas');
  const types: string[] = [];
  while (types.length < count) {
    const type = words.at(6 + types.length);
    expectThat(isQuotaType(type), 'quota type');
    types.push(type);
  }

  const h = redis.fields(keys.at(1));
  if (!h.has('balance') || !countsAll(redis, keys.at(1), keys.at(2))) return [0, 'MISS'];
  const at = periodsNow(redis, h);
  const is = { today: at.day === h.get('daily_date'), month: at.month === h.get('monthly_month') };
  const fields = (isCurrent: boolean, ...names: string[]): string[] =>
    names.map((name) => (isCurrent ? (h.get(name) ?? '') : '0'));
  const rate = rpm === null && tpm === null ? null : readRate(redis, keys.at(3));
  return [
    ...[1, 'OK', text(redis.nowMs), at.day, at.month],
    ...fields(true, 'version', 'base', 'balance', 'credit_limit', 'daily_limit'),
    ...fields(is.today, 'daily_base', 'daily_used'),
    ...fields(true, 'monthly_limit'),
    ...fields(is.month, 'monthly_base', 'monthly_used'),
    h.get(`open:${key}`) ?? '0',
    text(rate === null ? 0 : usedRate(rate.requests, rate.lastRequests, rate.left)),
    text(rate === null ? 0 : usedRate(rate.tokens, rate.lastTokens, rate.left)),
    text(rate === null ? 0 : (judgeRate(rate, rpm, tpm, rateTokens)?.waitMs ?? rate.left)),
    ...types.map((type) => {
      const stored = h.get(`kqp:${key}:${type}`);
      const isCurrent = stored !== undefined && period(type, at.day, at.month) <= stored;
      return isCurrent ? (h.get(`kq:${key}:${type}`) ?? '0') : '0';
    }),
  ];
}
