import { randomUUID } from 'node:crypto';
import type { OutgoingHttpHeaders } from 'node:http';
import type { Script } from './script';

/** The headers of a good reply, with the script's on top. */
export function replyHeaders(script: Script, contentType: string): OutgoingHttpHeaders {
  return {
    'content-type': script.contentType ?? contentType,
    'x-request-id': `req_${randomUUID().replaceAll('-', '')}`,
    'openai-version': '2020-10-01',
    ...script.headers,
  };
}
