import { ANSWER_TTL_MS, type AnswerStore, type StoredAnswer } from '@/server/domain/ports';
import type { RedisClient } from './client';
import { guardedRedis } from './failure';
import { answerKey } from './keys';

/** A line of JSON for the head, then the body's bytes. */
const encode = (answer: StoredAnswer): Buffer =>
  Buffer.concat([
    Buffer.from(`${JSON.stringify([answer.status, answer.contentType])}\n`),
    answer.body,
  ]);

function decode(value: Buffer): StoredAnswer | null {
  const end = value.indexOf(0x0a);
  const head: unknown = JSON.parse(value.toString('utf8', 0, end));
  if (!Array.isArray(head)) return null;
  const [status, contentType]: unknown[] = head;
  if (typeof status !== 'number' || typeof contentType !== 'string') return null;
  return { status, contentType, body: value.subarray(end + 1) };
}

/** Answers kept in Redis for a day. */
export function createRedisAnswerStore(redis: RedisClient): AnswerStore {
  return {
    put: (name, answer) =>
      guardedRedis(async () => {
        await redis.set(answerKey(name), encode(answer), 'PX', ANSWER_TTL_MS);
      }),
    get: (name) =>
      guardedRedis(async () => {
        const value = await redis.getBuffer(answerKey(name));
        return value === null ? null : decode(value);
      }),
  };
}
