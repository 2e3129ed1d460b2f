import { z } from 'zod';
import { ERROR_CODES } from '@/server/domain/errors';
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

/** What POST quote answers: what a chat completion with this very body would cost now. */
export const quoteView = z.object({
  model: z.string(),
  isStream: z.boolean(),
  isAdmitted: z.boolean().meta({ description: 'Whether the request would be admitted now.' }),
  refusal: z
    .object({
      status: z.number(),
      code: z.string().meta({ examples: Object.keys(ERROR_CODES) }),
      type: z.string(),
      message: z.string(),
      retryAfter: z.number().nullable().meta({ description: 'Seconds to wait, where it helps.' }),
    })
    .nullable()
    .meta({ description: 'The first limit that says no, as the request itself would be told.' }),
  maxTokens: z.number().nullable().meta({
    description: 'What x-tallygate-max-tokens would say; null: the output would not be capped.',
  }),
  mostCost: nano(
    'The most that it can cost. A stream without max_tokens: with what is left now. Refused: with a balance that suffices; null where nothing else bounds it.',
  ).nullable(),
  likelyCost: nano('inputTokens and likelyOutputTokens, nothing read from a cache.'),
  hold: nano('What would be set aside at admission. A stream without max_tokens raises it later.'),
  leastHold: nano('What has to be available for the request to be admitted.'),
  inputTokens: z.number().meta({ description: 'The input as we count it.' }),
  inputTokensMax: z.number().meta({ description: 'The most that the upstream can bill as input.' }),
  likelyOutputTokens: z.number().meta({
    description:
      'By rule, not by looking ahead: 256 in each choice, or the bound on it where that is lower (max_tokens, the cap, the model’s maximum).',
  }),
  outputTokensMax: z
    .number()
    .nullable()
    .meta({ description: 'Output of all choices, at most: what mostCost is for.' }),
  inputPrice: nano('nano-USD a token, as a decimal.'),
  outputPrice: z.string(),
  cachedInputPrice: z.string().nullable(),
  available: nano('balance + creditLimit − held, as in GET balance.'),
});
