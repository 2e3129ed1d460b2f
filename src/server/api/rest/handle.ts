import { callTRPCProcedure } from '@trpc/server';
import { errorBody, TallygateError } from '../../domain/errors';
import { uuidV7 } from '../../domain/ids';
import { adminRouter } from '../admin-router';
import { isOperator } from '../authorize';
import { requestAddress } from '../client-address';
import { type ApiContainer, type ApiContext, callContext } from '../context';
import { designedError } from '../errors';
import { isJson, readBody } from '../read-body';
import { createMatcher } from './match';
import { ADMIN_ROUTES, type RestRoute } from './routes';

export const ADMIN_ROOT = '/api/admin/v1/';

const match = createMatcher(ADMIN_ROUTES);

/**
 * Answers one request of the admin REST: authorise, find the route, read the input from path, query
 * and body, and call the router's procedure. Never throws; errors are OpenAI's shape.
 */
export async function handleAdminRequest(
  request: Request,
  container: ApiContainer,
): Promise<Response> {
  const requestId = uuidV7();
  const headers = { 'cache-control': 'no-store', 'x-request-id': requestId };
  try {
    if (!isOperator(request.headers, container.env.ADMIN_TOKEN)) {
      throw new TallygateError('invalid_api_key', 'The admin token is missing or wrong.');
    }
    const { route, params } = findRoute(request);
    const address = requestAddress(request.headers);
    const userAgent = request.headers.get('user-agent');
    const ctx: ApiContext = {
      ...callContext(container, { kind: 'operator' }, address, requestId),
      browser: { signedIn: null, language: 'en', userAgent },
    };
    const reply = await call(route, await readInput(request, route, params), ctx);
    if (route.successStatus === 204) return new Response(null, { status: 204, headers });
    return Response.json(reply, { status: route.successStatus, headers });
  } catch (error) {
    const designed = designedError(error, requestId);
    if (designed.status >= 500) {
      container.log?.error({ err: designed.cause ?? designed, requestId }, 'admin request failed');
    }
    return Response.json(errorBody(designed), {
      status: designed.status,
      headers: {
        ...headers,
        ...(designed.status === 401 ? { 'www-authenticate': 'Bearer' } : {}),
        ...designed.headers,
      },
    });
  }
}

function findRoute(request: Request) {
  const { pathname } = new URL(request.url);
  const path = pathname.startsWith(ADMIN_ROOT) ? pathname.slice(ADMIN_ROOT.length) : '';
  const found = match(request.method, path);
  if (found.kind === 'found') return found;
  if (found.kind === 'not_found') throw new TallygateError('not_found', 'There is no such route.');
  const allow = found.allowed.join(', ');
  throw new TallygateError('method_not_allowed', `Use ${allow} here.`, { headers: { allow } });
}

/** Path, query and body are one input; a field may be given in one of them only. */
async function readInput(
  request: Request,
  route: RestRoute,
  params: Readonly<Record<string, string>>,
): Promise<Readonly<Record<string, unknown>>> {
  const fields: (readonly [string, unknown])[] =
    route.method === 'GET' || route.method === 'DELETE'
      ? [...new URL(request.url).searchParams]
      : Object.entries(await readJson(request));
  const input = new Map<string, unknown>(Object.entries(params));
  for (const [field, value] of fields) {
    if (input.has(field)) {
      const where = field in params ? 'belongs in the path' : 'is given twice';
      throw new TallygateError('invalid_field', `Field '${field}' ${where}.`, { param: field });
    }
    input.set(field, value);
  }
  return Object.fromEntries(input);
}

async function readJson(request: Request): Promise<object> {
  const hasType = request.headers.has('content-type');
  if (hasType && !isJson(request.headers)) throw wrongType();
  const text = await readBody(request);
  if (text === '') return {};
  if (!hasType) throw wrongType();
  const body = parseJson(text);
  if (typeof body === 'object' && body !== null && !Array.isArray(body)) return body;
  throw new TallygateError('invalid_json', 'The body must be a JSON object.');
}

const wrongType = (): TallygateError =>
  new TallygateError('unsupported_media_type', 'Send the body as application/json.');

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    throw new TallygateError('invalid_json', 'The body is not valid JSON.');
  }
}

async function call(
  route: RestRoute,
  input: Readonly<Record<string, unknown>>,
  ctx: ApiContext,
): Promise<unknown> {
  return callTRPCProcedure({
    router: adminRouter,
    path: route.procedure,
    type: route.type,
    getRawInput: async () => input,
    ctx,
    signal: undefined,
    batchIndex: 0,
  });
}
