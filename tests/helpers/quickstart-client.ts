import { z } from 'zod';
import type { Quickstart } from './start-process';

const tenantSchema = z.looseObject({
  balance: z.string(),
  held: z.string(),
  dailyUsed: z.number(),
});

/** Asks a running start for a streamed answer, as its demo tenant. */
export function ask({ baseUrl, apiKey }: Quickstart, content: string): Promise<Response> {
  return fetch(`${baseUrl}/chat/completions`, {
    method: 'POST',
    headers: { authorization: `Bearer ${apiKey}`, 'content-type': 'application/json' },
    body: JSON.stringify({
      model: 'sim-fast',
      stream: true,
      messages: [{ role: 'user', content }],
    }),
  });
}

/** What the operator sees of a running start's demo tenant. */
export async function tenantOf({ portalUrl, adminToken, tenantId }: Quickstart) {
  const reply = await fetch(`${portalUrl}/api/admin/v1/tenants/${tenantId}`, {
    headers: { authorization: `Bearer ${adminToken}` },
  });
  return tenantSchema.parse(await reply.json());
}
