import { TallygateError } from '../domain/errors';

export const BODY_BYTES_MAX = 1024 * 1024;

const tooLarge = (): TallygateError =>
  new TallygateError(
    'request_too_large',
    `The body must not be larger than ${BODY_BYTES_MAX} bytes.`,
  );

/** Whether a body is declared as JSON, by whatever charset. */
export const isJson = (headers: Headers): boolean =>
  /^application\/json\s*(;|$)/i.test(headers.get('content-type')?.trim() ?? '');

/** The body as text, never holding more than the cap; empty when there is none. */
export async function readBody(request: Request): Promise<string> {
  if (Number(request.headers.get('content-length') ?? 0) > BODY_BYTES_MAX) throw tooLarge();
  if (request.body === null) return '';
  const chunks: Uint8Array[] = [];
  let bytes = 0;
  const reader = request.body.getReader();
  for (let part = await reader.read(); !part.done; part = await reader.read()) {
    bytes += part.value.byteLength;
    if (bytes > BODY_BYTES_MAX) {
      await reader.cancel();
      throw tooLarge();
    }
    chunks.push(part.value);
  }
  return Buffer.concat(chunks).toString('utf8');
}
