import type { AnswerStore } from '@/server/domain/ports';
import { RedisUnavailable } from '@/server/stores/redis/failure';
import type { Breaker } from './breaker';

/**
 * Answers in Redis while it can be trusted and has room for the tenant, in Postgres otherwise; looked
 * for in both.
 */
export function createFailoverAnswerStore(
  redis: AnswerStore,
  postgres: AnswerStore,
  breaker: Breaker,
): AnswerStore {
  const onRedis = async <T>(run: () => Promise<T>): Promise<{ value: T } | null> => {
    if (!breaker.isClosed) return null;
    try {
      return { value: await run() };
    } catch (error) {
      if (!(error instanceof RedisUnavailable)) throw error;
      breaker.trip(error.reason);
      return null;
    }
  };
  return {
    async put(name, answer) {
      const done = await onRedis(() => redis.put(name, answer));
      return done?.value === 'stored' ? 'stored' : await postgres.put(name, answer);
    },
    async get(name) {
      const found = await onRedis(() => redis.get(name));
      return found?.value ?? (await postgres.get(name));
    },
  };
}
