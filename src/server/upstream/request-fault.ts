import type { UpstreamRoute } from '@/server/domain/ports';
import { isObject } from '@/server/openai/object';

const BODY_BYTES_MAX = 64 * 1024;
const MESSAGE_LENGTH_MAX = 500;

/** What an upstream says is wrong with a request, fit for the client's eyes. */
export interface RequestFault {
  /** Short, on one line, without our key, host or address in it. Empty when it says nothing usable. */
  readonly message: string;
  /** The field at fault, where it names one. */
  readonly param: string | null;
  /** The request does not fit into the model's window: clients shorten it by themselves. */
  readonly isTooLong: boolean;
}

const NOTHING: RequestFault = { message: '', param: null, isTooLong: false };
/** `messages[0].content`: a name, not a text. */
const FIELD = /^[a-z_][\w.[\]]{0,99}$/i;

/** Reads the body of a reply that is no answer. Never throws: what cannot be read says nothing. */
export async function readRequestFault(
  body: AsyncIterable<Uint8Array>,
  route: UpstreamRoute,
): Promise<RequestFault> {
  const chunks: Uint8Array[] = [];
  let size = 0;
  try {
    for await (const chunk of body) {
      size += chunk.length;
      if (size > BODY_BYTES_MAX) break;
      chunks.push(chunk);
    }
    const parsed: unknown = JSON.parse(Buffer.concat(chunks).toString('utf8'));
    return faultIn(parsed, route);
  } catch {
    return NOTHING;
  }
}

function faultIn(parsed: unknown, route: UpstreamRoute): RequestFault {
  if (!isObject(parsed)) return NOTHING;
  const { error } = parsed;
  if (typeof error === 'string') return { ...NOTHING, message: scrub(error, route) };
  if (!isObject(error)) return NOTHING;
  const { message, param, code } = error;
  const isField = typeof param === 'string' && FIELD.test(param) && scrub(param, route) === param;
  return {
    message: typeof message === 'string' ? scrub(message, route) : '',
    param: isField ? param : null,
    isTooLong: code === 'context_length_exceeded',
  };
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
