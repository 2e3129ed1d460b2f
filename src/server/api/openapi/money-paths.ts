import type { z } from 'zod';
import { receiptView } from '@/server/services/transactions/view';
import { chatRequest } from './developer-paths';
import { balanceView, quoteView } from './money-schemas';
import { jsonSchema } from './schema';
import { errorResponse, type Operation, type PathItem } from './types';

export const MONEY_TAG = 'Money';

/** What every operation of this part shares. */
const common = (reply: z.ZodType): Pick<Operation, 'tags' | 'security' | 'responses'> => ({
  tags: [MONEY_TAG],
  security: [{ apiKey: [] }],
  responses: {
    200: {
      description: 'OK',
      content: { 'application/json': { schema: jsonSchema(reply, 'output') } },
    },
    ...errorResponse,
  },
});

/** What developers ask about their money. */
export const moneyPaths = (): Readonly<Record<string, PathItem>> => ({
  '/api/v1/transactions/{traceId}': {
    get: {
      operationId: 'transactions.receipt',
      summary: 'The receipt of a request, or of a credit, by its trace id',
      description:
        'PENDING: under way, and its tokens are those of its last checkpoint. VOIDED: nothing was charged. A plain request without a trace id of yours has a receipt once it is answered. It is there for a suspended organisation too.',
      parameters: [{ name: 'traceId', in: 'path', required: true, schema: { type: 'string' } }],
      ...common(receiptView),
    },
  },
  '/api/v1/balance': {
    get: {
      operationId: 'balance',
      summary: 'What you have, what is set aside, what is used of every limit',
      description:
        'As the next request would be judged: requests under way count. It is there for a suspended organisation too.',
      parameters: [],
      ...common(balanceView),
    },
  },
  '/api/v1/quote': {
    post: {
      operationId: 'quote',
      summary: 'What a chat completion would cost, and whether it would be admitted now',
      description:
        'Takes the body of a chat completion, and refuses what that would refuse as wrong or not allowed. A limit that says no is no error here. Nothing is set aside and no limit is taken: another request may still be first.',
      parameters: [],
      requestBody: {
        required: true,
        content: { 'application/json': { schema: jsonSchema(chatRequest, 'input') } },
      },
      ...common(quoteView),
    },
  },
});
