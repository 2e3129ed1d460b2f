import type { IncomingMessage } from 'node:http';
import { createOriginReader } from '../security/request-origin';

/** Headers in which proxies tell of a request's origin; Next and NextAuth believe some of them. */
const TOLD_BY_PROXIES = ['forwarded', 'x-forwarded-host', 'x-forwarded-port', 'x-real-ip'];

/** Where requests come in: behind it, a header about their origin says what is believed of it. */
export interface Door {
  /** The address of a request's client. */
  addressOf(req: IncomingMessage): string;
  /** Makes the request's headers say that address and nothing that only its client claims. */
  enter(req: IncomingMessage): void;
}

/** `trustProxy`: TRUST_PROXY, checked. */
export function createDoor(trustProxy: string | undefined): Door {
  const read = createOriginReader(trustProxy);
  const originOf = (req: IncomingMessage) =>
    read({
      peer: req.socket.remoteAddress ?? '',
      forwardedFor: oneOf(req.headers['x-forwarded-for']),
      forwardedProto: oneOf(req.headers['x-forwarded-proto']),
    });
  return {
    addressOf: (req) => originOf(req).address,
    enter(req) {
      const { address, protocol, isForwarded } = originOf(req);
      req.headers['x-forwarded-for'] = address;
      delete req.headers['x-forwarded-proto'];
      if (protocol !== null) req.headers['x-forwarded-proto'] = protocol;
      if (isForwarded) return;
      for (const name of TOLD_BY_PROXIES) delete req.headers[name];
    },
  };
}

const oneOf = (value: string | string[] | undefined): string | undefined =>
  Array.isArray(value) ? value.join(',') : value;
