import {
  ANSWER_OVERHEAD_BYTES,
  ANSWER_TTL_MS,
  type AnswerStore,
  answerLabel,
  type StoredAnswer,
} from '@/server/domain/ports';
import { answerAccountKey, answerEndsKey, answerKey } from './keys';
import type { ScriptRunner } from './scripts';

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

/** Answers kept in Redis for a day, of each tenant no more than `budgetBytes`. */
export function createRedisAnswerStore(
  scripts: ScriptRunner,
  /** Reads one key. Throws RedisUnavailable when Redis cannot answer. */
  read: (key: string) => Promise<Buffer | null>,
  budgetBytes: number,
): AnswerStore {
  return {
    async put(name, answer) {
      const { tenantId } = name;
      const [, code] = await scripts.run(
        'answer_put',
        [answerKey(name), answerAccountKey(tenantId), answerEndsKey(tenantId)],
        [answerLabel(name), ANSWER_TTL_MS, budgetBytes, ANSWER_OVERHEAD_BYTES, encode(answer)],
      );
      return code === 'STORED' ? 'stored' : 'full';
    },
    async get(name) {
      const value = await read(answerKey(name));
      return value === null ? null : decode(value);
    },
  };
}
