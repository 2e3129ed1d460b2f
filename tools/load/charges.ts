import { Pool } from 'undici';
import { z } from 'zod';
import type { Answer, Seen } from './users';

const receiptSchema = z.looseObject({ status: z.string(), amount: z.string() });
const AT_ONCE = 8;

/**
 * Looks every answer's receipt up. Resolves with what is wrong: an answer that has no charge, one
 * that is not committed, one that cost other than its reply said, or two answers under one trace id.
 */
export async function wrongCharges(origin: string, answers: readonly Answer[]): Promise<string[]> {
  const pool = new Pool(origin, { connections: AT_ONCE });
  const wrong: string[] = [];
  const waiting = answers.values();
  const look = async () => {
    for (const answer of waiting) {
      const reply = await pool.request({
        method: 'GET',
        path: `/api/v1/transactions/${answer.traceId}`,
        headers: { authorization: `Bearer ${answer.apiKey}` },
      });
      const fault = faultOf(answer, reply.statusCode, await reply.body.text());
      if (fault !== null) wrong.push(`${answer.traceId}: ${fault}`);
    }
  };
  await Promise.all(Array.from({ length: AT_ONCE }, look));
  await pool.close();
  const distinct = new Set(answers.map(({ traceId }) => traceId)).size;
  if (distinct < answers.length) wrong.push('Two answers have the same trace id.');
  return wrong;
}

/** Null where the receipt is as it must be. */
export function faultOf(answer: Answer, status: number, text: string): string | null {
  if (status !== 200) return `no receipt, status ${status}`;
  const receipt = receiptSchema.parse(JSON.parse(text));
  if (receipt.status !== 'COMMITTED') return `it is ${receipt.status}`;
  const { costNano } = answer;
  if (costNano === null || costNano === receipt.amount) return null;
  return `charged ${receipt.amount}, the reply said ${costNano}`;
}

/** Null where there are no more charges than answers, and errors that may have been charged. */
export function surplusOf(rounds: readonly Seen[], charges: number): string | null {
  let most = 0;
  for (const { answers, errors } of rounds) {
    most += answers.length;
    for (const count of errors.values()) most += count;
  }
  return charges > most ? `${charges} charges for ${most} requests` : null;
}
