import { TRPCError } from '@trpc/server';
import { z } from 'zod';
import { isTallygateError, TallygateError, toTallygateError } from '../domain/errors';

/** A field's path as people write it: `quotas[0].limit`. */
function fieldPath(path: readonly PropertyKey[]): string {
  return path.reduce<string>((text, part) => {
    if (typeof part === 'number') return `${text}[${part}]`;
    return text === '' ? String(part) : `${text}.${String(part)}`;
  }, '');
}

/** The first fault of an input, with the field at fault. */
export function inputError(error: z.ZodError): TallygateError {
  const [issue] = error.issues;
  if (issue === undefined) return new TallygateError('invalid_field', 'The input is not valid.');
  if (issue.code === 'unrecognized_keys') {
    const param = fieldPath([...issue.path, issue.keys[0] ?? '']);
    return new TallygateError('invalid_field', `Unknown field '${param}'.`, { param });
  }
  const param = fieldPath(issue.path);
  if (param === '') return new TallygateError('invalid_field', `Invalid input: ${issue.message}.`);
  return new TallygateError('invalid_field', `Invalid '${param}': ${issue.message}.`, { param });
}

/** What tRPC itself found wrong with a call, in our codes. */
function transportError(error: TRPCError): TallygateError | null {
  switch (error.code) {
    case 'BAD_REQUEST':
      return error.cause instanceof z.ZodError
        ? inputError(error.cause)
        : new TallygateError('invalid_field', 'The request is not valid.');
    case 'PARSE_ERROR':
      return new TallygateError('invalid_json', 'The body is not valid JSON.');
    case 'NOT_FOUND':
      return new TallygateError('not_found', 'There is no such procedure.');
    case 'METHOD_NOT_SUPPORTED':
      return new TallygateError('method_not_allowed', 'Use GET for queries, POST for mutations.');
    case 'UNSUPPORTED_MEDIA_TYPE':
      return new TallygateError('unsupported_media_type', 'Send application/json.');
    default:
      return null;
  }
}

/** Anything that a procedure threw as a designed error; an unknown one tells only the request id. */
export function designedError(error: unknown, requestId: string): TallygateError {
  if (isTallygateError(error)) return error;
  if (!(error instanceof TRPCError)) return toTallygateError(error, requestId);
  if (isTallygateError(error.cause)) return error.cause;
  return transportError(error) ?? toTallygateError(error.cause ?? error, requestId);
}

const TRPC_CODES: Readonly<Record<number, TRPCError['code']>> = {
  400: 'BAD_REQUEST',
  401: 'UNAUTHORIZED',
  402: 'PAYMENT_REQUIRED',
  403: 'FORBIDDEN',
  404: 'NOT_FOUND',
  405: 'METHOD_NOT_SUPPORTED',
  409: 'CONFLICT',
  413: 'PAYLOAD_TOO_LARGE',
  415: 'UNSUPPORTED_MEDIA_TYPE',
  429: 'TOO_MANY_REQUESTS',
  499: 'CLIENT_CLOSED_REQUEST',
  502: 'BAD_GATEWAY',
  503: 'SERVICE_UNAVAILABLE',
  504: 'GATEWAY_TIMEOUT',
};

/** A designed error as tRPC's, with the same HTTP status. */
export const toTrpcError = (error: TallygateError): TRPCError =>
  new TRPCError({
    code: TRPC_CODES[error.status] ?? 'INTERNAL_SERVER_ERROR',
    message: error.message,
    cause: error,
  });
