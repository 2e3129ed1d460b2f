import { z } from 'zod';
import { ERROR_CODES } from '@/server/domain/errors';
import { adminPaths } from './admin-paths';
import { developerPaths } from './developer-paths';
import { MONEY_TAG, moneyPaths } from './money-paths';
import { jsonSchema } from './schema';
import type { OpenApiDocument } from './types';

const errorSchema = z.object({
  error: z.object({
    message: z.string(),
    type: z.string(),
    param: z.string().nullable(),
    code: z.string().meta({ examples: Object.keys(ERROR_CODES) }),
  }),
});

const description = `An OpenAI-compatible gateway that bills by the token, exactly once.
Money is an integer count of nano-USD (10⁻⁹ USD), prices are nano-USD per token; both are decimal
strings in JSON. Days and months are UTC.`;

/** The OpenAPI 3.1 document of /api/v1 and of the admin REST. */
export function openApiDocument(): OpenApiDocument {
  return {
    openapi: '3.1.0',
    info: { title: 'Tallygate', version: '1', description },
    servers: [{ url: '/' }],
    tags: [
      { name: 'Models and answers', description: 'For developers, in OpenAI’s shapes.' },
      {
        name: MONEY_TAG,
        description: 'For developers: what was charged. Asking costs nothing and takes no limit.',
      },
      { name: 'Admin', description: 'For the operator, by the admin token.' },
    ],
    paths: { ...developerPaths(), ...moneyPaths(), ...adminPaths() },
    components: {
      securitySchemes: {
        apiKey: { type: 'http', scheme: 'bearer', description: 'An API key: tg-…' },
        adminToken: { type: 'http', scheme: 'bearer', description: 'ADMIN_TOKEN' },
      },
      schemas: { Error: jsonSchema(errorSchema, 'output') },
      responses: {
        Error: {
          description: 'What went wrong: code says it to programs, message to people.',
          content: { 'application/json': { schema: { $ref: '#/components/schemas/Error' } } },
        },
      },
    },
  };
}
