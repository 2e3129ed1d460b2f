import { TallygateError } from '../domain/errors';
import type { GatewayRequest } from './types';

/** Throws 405, naming the method that the path takes. */
export function expectMethod(request: GatewayRequest, method: 'GET' | 'POST'): void {
  if (request.method === method) return;
  throw new TallygateError('method_not_allowed', `Use ${method} for this path.`, {
    headers: { allow: method },
  });
}

/** Throws 415 for a body that is not plain JSON. */
export function expectJson(request: GatewayRequest): void {
  const type = request.header('content-type')?.split(';')[0]?.trim().toLowerCase();
  const encoding = request.header('content-encoding')?.trim().toLowerCase() ?? 'identity';
  if (type === 'application/json' && encoding === 'identity') return;
  throw new TallygateError(
    'unsupported_media_type',
    'Send the body as content-type application/json, without a content-encoding.',
  );
}
