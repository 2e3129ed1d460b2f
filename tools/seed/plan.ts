import { z } from 'zod';
import { parseOptions } from '../parse-options';

const DAY_MS = 86_400_000;

/** What is sown, down to the last row: the same plan sows the same rows, whenever it is gone on with. */
export const planSchema = z.object({
  tenants: z.number(),
  transactions: z.number(),
  /** So many of the transactions are the first tenant's, who is nobody else's measure; 0: it is as the others. */
  largest: z.number().default(0),
  /** How far back the rows reach, to the day that the seed was begun. */
  days: z.number(),
  /** The first row's time (Unix ms); the last one's is `days` later. */
  startMs: z.number(),
});

export type Plan = z.infer<typeof planSchema>;

/** Reads --tenants, --transactions, --largest and --days. Throws a sentence for what is no number. */
export function readPlan(args: readonly string[], nowMs: number): Plan {
  const { values } = parseOptions({
    args: [...args],
    options: {
      tenants: { type: 'string', default: '2000' },
      transactions: { type: 'string', default: '2000000' },
      largest: { type: 'string', default: '0' },
      days: { type: 'string', default: '60' },
    },
  });
  const days = whole('--days', values.days, 1);
  const tenants = whole('--tenants', values.tenants, 1);
  const transactions = whole('--transactions', values.transactions, 1);
  const largest = whole('--largest', values.largest, 0);
  if (largest > transactions / 2 || (largest > 0 && tenants === 1)) {
    throw new Error(
      '--largest is at most half of --transactions, and needs other tenants beside it.',
    );
  }
  return { tenants, transactions, largest, days, startMs: nowMs - days * DAY_MS };
}

function whole(name: string, text: string, min: 0 | 1): number {
  const value = Number(text.replaceAll('_', '') || Number.NaN);
  if (Number.isSafeInteger(value) && value >= min) return value;
  throw new Error(
    `${name} must be a whole number ${min === 0 ? 'from 0' : 'above 0'}; it is "${text}".`,
  );
}
