import { z } from 'zod';
import { KEY_QUOTA_TYPES } from '@/server/domain/quota';

const nano = (description: string) => z.string().meta({ description });
const amountOrCount = z.union([z.number(), z.string()]);

/** What GET balance answers. Limits that are null do not apply. */
export const balanceView = z.object({
  available: nano('balance + creditLimit − held: what the next request may take.'),
  balance: nano('The ledger’s balance, holds not taken off.'),
  held: nano('What requests under way have set aside.'),
  creditLimit: nano('How far the balance may go below zero.'),
  dailyLimit: z.number().nullable(),
  dailyUsed: z.number().meta({ description: 'Requests of the day, those under way included.' }),
  dailyResetsAt: z.iso.datetime(),
  monthlyLimit: z.number().nullable(),
  monthlyUsed: z.number(),
  monthlyResetsAt: z.iso.datetime(),
  key: z
    .object({
      id: z.string(),
      rpm: z.number().nullable(),
      tpm: z.number().nullable(),
      concurrency: z.number().nullable(),
      openRequests: z.number(),
      quotas: z.array(
        z.object({
          quotaType: z.enum(KEY_QUOTA_TYPES),
          limit: amountOrCount,
          used: amountOrCount,
          resetsAt: z.iso.datetime().nullable(),
        }),
      ),
    })
    .meta({
      description:
        'The key that asks: its limits, and what it has used of its quotas. Amounts are strings of nano-USD, counts numbers; resetsAt null: a total.',
    }),
});
