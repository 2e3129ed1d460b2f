import { fetchRequestHandler } from '@trpc/server/adapters/fetch';
import { TENANT_COOKIE } from '@/server/api/tenant-cookie';
import { errorBody, TallygateError } from '../domain/errors';
import { uuidV7 } from '../domain/ids';
import type { SignedIn } from '../domain/ports/sign-in';
import type { Actor } from '../services/context';
import { isOperator } from './authorize';
import { cookieOf, requestLanguage } from './browser';
import { requestAddress } from './client-address';
import { type ApiContainer, accountActor, callContext } from './context';
import { designedError } from './errors';
import { isJson, readBody } from './read-body';
import { appRouter } from './root';

export const TRPC_ROOT = '/api/trpc';

/**
 * Answers one tRPC request. The actor is the operator by the admin token, else the session's
 * account. Mutations must be JSON and, from a browser, of our own origin.
 */
export async function handleTrpcRequest(
  request: Request,
  container: ApiContainer,
  currentSignIn: () => Promise<SignedIn | null>,
): Promise<Response> {
  const requestId = uuidV7();
  try {
    const checked = await checkMutation(request, container.env.NEXTAUTH_URL);
    const response = await fetchRequestHandler({
      endpoint: TRPC_ROOT,
      req: checked,
      router: appRouter,
      createContext: async () => {
        const { headers } = request;
        const signedIn = headers.has('authorization') ? null : await currentSignIn();
        const actor = await findActor(headers, container, signedIn);
        const userAgent = headers.get('user-agent');
        const browser = { signedIn, language: requestLanguage(headers), userAgent };
        return { ...callContext(container, actor, requestAddress(headers), requestId), browser };
      },
      onError({ error, path }) {
        const designed = designedError(error, requestId);
        if (designed.status < 500) return;
        const err = designed.cause ?? designed;
        container.log?.error({ err, requestId, path }, 'tRPC call failed');
      },
    });
    response.headers.set('cache-control', 'no-store');
    response.headers.set('x-request-id', requestId);
    return response;
  } catch (error) {
    const designed = designedError(error, requestId);
    return Response.json(errorBody(designed), {
      status: designed.status,
      headers: { 'cache-control': 'no-store', 'x-request-id': requestId },
    });
  }
}

async function findActor(
  headers: Headers,
  container: ApiContainer,
  signedIn: SignedIn | null,
): Promise<Actor | null> {
  if (isOperator(headers, container.env.ADMIN_TOKEN)) return { kind: 'operator' };
  return accountActor(container.accounts, signedIn, cookieOf(headers, TENANT_COOKIE));
}

/** Lets queries through as they are; a mutation's body is read under the cap. */
async function checkMutation(request: Request, publicUrl: string | undefined): Promise<Request> {
  if (request.method !== 'POST') return request;
  if (!isJson(request.headers)) {
    throw new TallygateError('unsupported_media_type', 'Send the body as application/json.');
  }
  if (!isOwnOrigin(request.headers, publicUrl)) {
    throw new TallygateError('forbidden', 'This must be sent from the portal’s own pages.');
  }
  const { method, headers } = request;
  return new Request(request.url, { method, headers, body: await readBody(request) });
}

/** Browsers name the origin of every POST; without one it is no browser, and no cross-site form. */
function isOwnOrigin(headers: Headers, publicUrl: string | undefined): boolean {
  const origin = headers.get('origin');
  const site = headers.get('sec-fetch-site');
  if (origin === null) return site === null || site === 'same-origin' || site === 'none';
  if (!URL.canParse(origin)) return false;
  const { host } = new URL(origin);
  return (
    host === headers.get('host') || (publicUrl !== undefined && host === new URL(publicUrl).host)
  );
}
