import type { IncomingMessage, ServerResponse } from 'node:http';
import { Cancellation } from '@/server/domain/cancellation';
import { TallygateError } from '@/server/domain/errors';
import type { GatewayReply, GatewayRequest } from '../types';
import { LINGER_MS } from './linger';
import { gatewayPath } from './path';

/** A client that sends its body slower than this is let go. */
const BODY_TIMEOUT_MS = 60_000;
/** A client that reads nothing for this long is let go: its stream must not hold memory. */
const WRITE_TIMEOUT_MS = 60_000;
/** Longer replies are not worth copying. */
const ONE_PIECE_BYTES_MAX = 16 * 1024;

/**
 * Hands a request of Node's http server to the gateway, and its reply to the socket. `remoteAddress`:
 * its client's, as far as it is believed.
 */
export async function handleNodeRequest(
  handle: (request: GatewayRequest) => Promise<GatewayReply>,
  req: IncomingMessage,
  res: ServerResponse,
  remoteAddress: string,
): Promise<void> {
  const gone = new Cancellation();
  res.once('close', () => {
    if (!res.writableFinished) gone.abort(new Error('client closed'));
  });
  const reply = await handle({
    method: req.method ?? 'GET',
    path: gatewayPath(req.url ?? '/'),
    header: (name) => {
      const value = req.headers[name];
      return Array.isArray(value) ? value[0] : value;
    },
    readBody: (bytesMax) => readBody(req, bytesMax),
    remoteAddress,
    signal: gone,
  });
  if (reply.body instanceof Uint8Array) {
    if (!res.destroyed) await sendWhole(req, res, reply, reply.body);
    return;
  }
  await sendStream(res, reply, reply.body);
}

/** Always asks for the whole body, the client gone or not: it settles its charge. */
async function sendStream(
  res: ServerResponse,
  { status, headers }: GatewayReply,
  body: AsyncIterable<Uint8Array>,
): Promise<void> {
  if (!res.destroyed) res.writeHead(status, headers);
  // The head leaves with the first piece, or by itself where that is not there at once.
  const head = setImmediate(() => {
    if (!res.destroyed) res.flushHeaders();
  });
  for await (const chunk of body) {
    clearImmediate(head);
    if (res.destroyed) break;
    if (!res.write(chunk)) await drained(res);
  }
  clearImmediate(head);
  if (!res.destroyed) res.end();
}

async function sendWhole(
  req: IncomingMessage,
  res: ServerResponse,
  { status, headers }: GatewayReply,
  body: Uint8Array,
): Promise<void> {
  const whole = { 'content-length': body.length, ...headers };
  if (req.complete) {
    res.writeHead(status, whole);
    if (body.length <= ONE_PIECE_BYTES_MAX) res.end(oneCharacterAByte(body), 'latin1');
    else res.end(body);
    return;
  }
  // An unread body would be taken for the next request on this connection.
  res.writeHead(status, { ...whole, connection: 'close' }).write(body);
  await discardRest(req);
  res.end();
}

/** So written, a body leaves in one piece with its head. */
const oneCharacterAByte = ({ buffer, byteOffset, length }: Uint8Array): string =>
  Buffer.from(buffer, byteOffset, length).toString('latin1');

function discardRest(req: IncomingMessage): Promise<void> {
  return new Promise((resolve) => {
    const timer = setTimeout(resolve, LINGER_MS);
    const done = () => {
      clearTimeout(timer);
      resolve();
    };
    req.once('end', done);
    req.once('close', done);
    req.resume();
  });
}

function drained(res: ServerResponse): Promise<void> {
  return new Promise((resolve) => {
    const timer = setTimeout(() => res.destroy(), WRITE_TIMEOUT_MS);
    const done = () => {
      clearTimeout(timer);
      res.off('drain', done);
      res.off('close', done);
      resolve();
    };
    res.once('drain', done);
    res.once('close', done);
  });
}

const tooLarge = (bytesMax: number): TallygateError =>
  new TallygateError(
    'request_too_large',
    `The body is larger than ${bytesMax} bytes. Send a smaller one.`,
  );

const notWhole = (): TallygateError =>
  new TallygateError('client_closed', 'The body was not sent whole.');

function readBody(req: IncomingMessage, bytesMax: number): Promise<Uint8Array> {
  // The client left before anyone listened: no event would ever tell.
  if (req.destroyed) return Promise.reject(notWhole());
  if (Number(req.headers['content-length'] ?? 0) > bytesMax) {
    return Promise.reject(tooLarge(bytesMax));
  }
  return new Promise((resolve, reject) => {
    const chunks: Buffer[] = [];
    let size = 0;
    const timer = setTimeout(() => req.destroy(new Error('slow body')), BODY_TIMEOUT_MS);
    const stopListening = () => {
      clearTimeout(timer);
      req.off('data', onData);
      req.off('end', onEnd);
      req.off('close', onGone);
    };
    const onData = (chunk: Buffer) => {
      size += chunk.length;
      if (size <= bytesMax) return void chunks.push(chunk);
      stopListening();
      reject(tooLarge(bytesMax));
    };
    const onEnd = () => {
      stopListening();
      resolve(chunks.length === 1 && chunks[0] ? chunks[0] : Buffer.concat(chunks));
    };
    const onGone = () => {
      stopListening();
      reject(notWhole());
    };
    req.on('data', onData);
    req.once('end', onEnd);
    // An 'error' without a listener would end the process; 'close' follows it.
    req.on('error', () => undefined);
    req.once('close', onGone);
  });
}
