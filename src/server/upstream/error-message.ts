import type { UpstreamRoute } from '@/server/domain/ports';

const BODY_BYTES_MAX = 64 * 1024;
const MESSAGE_LENGTH_MAX = 500;

/**
 * What an upstream says is wrong with a request, fit for the client's eyes: short, on one line,
 * without our key, host or address in it. Empty when it says nothing usable.
 */
export async function readErrorMessage(
  body: AsyncIterable<Uint8Array>,
  route: UpstreamRoute,
): Promise<string> {
  const chunks: Uint8Array[] = [];
  let size = 0;
  try {
    for await (const chunk of body) {
      size += chunk.length;
      if (size > BODY_BYTES_MAX) break;
      chunks.push(chunk);
    }
    const parsed: unknown = JSON.parse(Buffer.concat(chunks).toString('utf8'));
    return scrub(messageIn(parsed), route);
  } catch {
    return '';
  }
}

function messageIn(parsed: unknown): string {
  if (typeof parsed !== 'object' || parsed === null || !('error' in parsed)) return '';
  const { error } = parsed;
  if (typeof error === 'string') return error;
  if (typeof error !== 'object' || error === null || !('message' in error)) return '';
  return typeof error.message === 'string' ? error.message : '';
}

function scrub(message: string, route: UpstreamRoute): string {
  const { host, hostname } = new URL(route.baseUrl);
  let text = message.slice(0, 4 * MESSAGE_LENGTH_MAX).replace(/\s+/g, ' ');
  for (const secret of [route.apiKey, route.baseUrl, host, hostname]) {
    if (secret !== null && secret !== '') text = text.replaceAll(secret, '…');
  }
  return text
    .replace(/\b(?:sk|tg|key|org)-[\w*-]{4,}/gi, '…')
    .replace(/https?:\/\/\S+/gi, '…')
    .slice(0, MESSAGE_LENGTH_MAX);
}
