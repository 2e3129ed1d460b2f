import type { z } from 'zod';
import type { Script } from '../../tools/simulator/script';
import type { WireReply } from './wire';

export const jsonHeaders = (apiKey: string): Record<string, string> => ({
  authorization: `Bearer ${apiKey}`,
  'content-type': 'application/json',
});

/** The body of a chat completion of 40 tokens at most; a field set to null is left out. */
export function chatBody(
  fields: Readonly<Record<string, unknown>> = {},
  sim: Script | null = null,
): string {
  const directive = sim === null ? '' : ` [[sim: ${JSON.stringify(sim)}]]`;
  const body = {
    model: 'sim-fast',
    messages: [{ role: 'user', content: `Tell me of the harbour.${directive}` }],
    max_tokens: 40,
    ...fields,
  };
  return JSON.stringify(
    Object.fromEntries(Object.entries(body).filter(([, value]) => value !== null)),
  );
}

export const parseAs = <T extends z.ZodType>(schema: T, reply: WireReply): z.output<T> =>
  schema.parse(JSON.parse(reply.body.toString('utf8')));
