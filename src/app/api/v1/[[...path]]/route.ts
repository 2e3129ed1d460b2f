import { after } from 'next/server';
import { isServedByTallygate } from '@/server/boot/served-by';
import { getContainer } from '@/server/container';
import { TallygateError } from '@/server/domain/errors';
import { handleWebRequest } from '@/server/gateway/adapters/web';
import { errorReply } from '@/server/gateway/error-response';
import { openExchange } from '@/server/gateway/exchange';

export const runtime = 'nodejs';
export const dynamic = 'force-dynamic';
export const maxDuration = 300;

async function handle(request: Request): Promise<Response> {
  if (isServedByTallygate()) return handleWebRequest(refuse, request);
  const container = await getContainer();
  // A platform that stops a process between requests must let it settle first, also when the client
  // has left; and Next's own server must not end before.
  const whenOver = (over: Promise<void>) => after(over.then(() => container.trailed()));
  return handleWebRequest(container.handle, request, { whenOver });
}

/**
 * The self-hosted server answers the gateway's paths itself. What gets here spells one so oddly that
 * only Next finds it, and Next would take the client's word for its address.
 */
async function refuse() {
  const error = new TallygateError('not_found', 'There is nothing at this path as it is spelled.');
  return errorReply(error, openExchange());
}

// HEAD is asked of GET by Next itself.
export {
  handle as DELETE,
  handle as GET,
  handle as OPTIONS,
  handle as PATCH,
  handle as POST,
  handle as PUT,
};
