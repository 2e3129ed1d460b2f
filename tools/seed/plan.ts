import { parseArgs } from 'node:util';
import { z } from 'zod';

const DAY_MS = 86_400_000;

/** What is sown, down to the last row: the same plan sows the same rows, whenever it is gone on with. */
export const planSchema = z.object({
  tenants: z.number(),
  transactions: z.number(),
  /** How far back the rows reach, to the day that the seed was begun. */
  days: z.number(),
  /** The first row's time (Unix ms); the last one's is `days` later. */
  startMs: z.number(),
});

export type Plan = z.infer<typeof planSchema>;

/** Reads --tenants, --transactions and --days. Throws a sentence for what is no number. */
export function readPlan(args: readonly string[], nowMs: number): Plan {
  const { values } = parseArgs({
    args: [...args],
    options: {
      tenants: { type: 'string', default: '2000' },
      transactions: { type: 'string', default: '2000000' },
      days: { type: 'string', default: '60' },
    },
  });
  const days = natural('--days', values.days);
  return {
    tenants: natural('--tenants', values.tenants),
    transactions: natural('--transactions', values.transactions),
    days,
    startMs: nowMs - days * DAY_MS,
  };
}

function natural(name: string, text: string): number {
  const value = Number(text.replaceAll('_', ''));
  if (Number.isSafeInteger(value) && value > 0) return value;
  throw new Error(`${name} must be a whole number above 0; it is "${text}".`);
}
