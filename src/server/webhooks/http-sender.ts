import { isIP, type LookupFunction } from 'node:net';
import { Agent, request } from 'undici';
import type { DeliveryOutcome, WebhookSender } from '../domain/ports/outbox';
import {
  hostOf,
  isPrivateHostAllowed,
  isPublicAddress,
  judgeWebhookUrl,
} from '../domain/webhook-url';
import { type Resolve, resolverBy } from './resolve-name';
import { signatureHeaders } from './signature';

const CONNECT_TIMEOUT_MS = 5_000;
const ANSWER_TIMEOUT_MS = 10_000;
/** What an answer says is not read: so much of it, and the connection is closed. */
const ANSWER_BYTES_MAX = 16_384;

/** Throws in the middle of connecting, so that nothing is sent. */
class NotPublic extends Error {
  readonly code = 'NOT_PUBLIC';
}

/** Resolves a name and refuses it unless all that it leads to is public; what it gives is connected to. */
export const publicLookup =
  (resolve: Resolve = resolverBy()): LookupFunction =>
  (hostname, options, callback) => {
    resolve(hostname, { ...options, all: true }, (error, addresses) => {
      if (error !== null) return callback(error, '', 0);
      const first = addresses[0];
      if (first === undefined || !addresses.every(({ address }) => isPublicAddress(address))) {
        return callback(new NotPublic(), '', 0);
      }
      if (options.all === true) return callback(null, addresses);
      callback(null, first.address, first.family);
    });
  };

export interface HttpWebhookOptions {
  /** Hosts that may be private, with or without a port. */
  readonly privateHosts: readonly string[];
  readonly resolve?: Resolve;
}

/**
 * Posts webhooks. Names are resolved once, judged, and what was judged is connected to; a redirect is
 * a failure. No cookie, no credential, and no connection is kept.
 */
export function createHttpWebhookSender(options: HttpWebhookOptions): WebhookSender {
  const { privateHosts, resolve } = options;
  const agentOf = (isAllowed: boolean): Agent =>
    new Agent({
      connect: {
        timeout: CONNECT_TIMEOUT_MS,
        ...(isAllowed ? {} : { lookup: publicLookup(resolve) }),
      },
      headersTimeout: ANSWER_TIMEOUT_MS,
      bodyTimeout: ANSWER_TIMEOUT_MS,
      pipelining: 0,
    });
  return {
    async send({ id, url, secret, body }) {
      if (judgeWebhookUrl(url, privateHosts) !== null) return final('address_not_allowed');
      const isAllowed = isPrivateHostAllowed(new URL(url), privateHosts);
      // An address needs no name server, so the look-up would not be asked.
      const host = hostOf(new URL(url));
      if (!isAllowed && isIP(host) !== 0 && !isPublicAddress(host)) {
        return final('address_not_allowed');
      }
      const dispatcher = agentOf(isAllowed);
      try {
        const reply = await request(url, {
          dispatcher,
          method: 'POST',
          headers: {
            'content-type': 'application/json',
            'user-agent': 'Tallygate-Webhooks/1',
            ...signatureHeaders(secret, id, body, Date.now()),
          },
          body,
          signal: AbortSignal.timeout(ANSWER_TIMEOUT_MS),
        });
        await reply.body.dump({ limit: ANSWER_BYTES_MAX }).catch(() => undefined);
        return outcomeOf(reply.statusCode);
      } catch (error) {
        return faultOf(error);
      } finally {
        void dispatcher.destroy();
      }
    },
  };
}

const final = (fault: string): DeliveryOutcome => ({ kind: 'failed', fault, isFinal: true });
const later = (fault: string): DeliveryOutcome => ({ kind: 'failed', fault, isFinal: false });

function outcomeOf(status: number): DeliveryOutcome {
  if (status >= 200 && status < 300) return { kind: 'sent' };
  return later(status >= 300 && status < 400 ? 'redirected' : `http_${status}`);
}

const FAULTS: Readonly<Record<string, string>> = {
  ENOTFOUND: 'name_not_found',
  EAI_AGAIN: 'name_not_found',
  ENODATA: 'name_not_found',
  ESERVFAIL: 'name_not_found',
  ETIMEOUT: 'name_not_found',
  UND_ERR_CONNECT_TIMEOUT: 'timed_out',
  UND_ERR_HEADERS_TIMEOUT: 'timed_out',
  UND_ERR_BODY_TIMEOUT: 'timed_out',
  TimeoutError: 'timed_out',
};

function faultOf(error: unknown): DeliveryOutcome {
  const { code, name }: { code?: unknown; name?: unknown } = Object(error);
  if (code === 'NOT_PUBLIC') return final('address_not_allowed');
  if (/CERT|TLS|SSL|SELF_SIGNED/.test(String(code))) return later('tls_failed');
  return later(FAULTS[String(code)] ?? FAULTS[String(name)] ?? 'connection_failed');
}
