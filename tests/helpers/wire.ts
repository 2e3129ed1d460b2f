import { type IncomingHttpHeaders, request } from 'node:http';
import { connect } from 'node:net';
import { expect } from 'vitest';
import { z } from 'zod';

export interface WireRequest {
  readonly method?: string;
  readonly path: string;
  readonly headers?: Readonly<Record<string, string | readonly string[]>>;
  readonly body?: string | Uint8Array;
  /** Sends the body in pieces, without telling its length beforehand. */
  readonly chunked?: boolean;
}

export interface WireReply {
  readonly status: number;
  readonly headers: IncomingHttpHeaders;
  readonly body: Buffer;
}

const PIECE_BYTES = 64 * 1024;

/** One exchange on a connection of its own, with every header as given and no redirect followed. */
export function send(origin: string, asked: WireRequest): Promise<WireReply> {
  const { method = 'GET', path, headers = {}, body, chunked = false } = asked;
  const bytes = Buffer.from(body ?? '');
  const length = body === undefined || chunked ? {} : { 'content-length': bytes.length };
  const { hostname, port } = new URL(origin);
  return new Promise((resolve, reject) => {
    const req = request(
      { hostname, port, method, path, headers: { ...length, ...copy(headers) }, agent: false },
      (res) => {
        const pieces: Buffer[] = [];
        res.on('data', (piece: Buffer) => pieces.push(piece));
        res.once('error', reject);
        res.once('end', () => {
          resolve({
            status: res.statusCode ?? 0,
            headers: res.headers,
            body: Buffer.concat(pieces),
          });
        });
      },
    );
    req.once('error', reject);
    for (let at = 0; chunked && at < bytes.length; at += PIECE_BYTES) {
      req.write(bytes.subarray(at, at + PIECE_BYTES));
    }
    req.end(chunked ? undefined : bytes);
  });
}

const copy = (headers: NonNullable<WireRequest['headers']>) =>
  Object.fromEntries(
    Object.entries(headers).map(([name, value]) => [
      name,
      typeof value === 'string' ? value : [...value],
    ]),
  );

/** These very bytes on a socket; all that comes back until the server closes, or `waitMs`. */
export function sendBytes(origin: string, bytes: string, waitMs = 2_000): Promise<string> {
  const { hostname, port } = new URL(origin);
  return new Promise((resolve) => {
    let text = '';
    const socket = connect(Number(port), hostname, () => socket.write(bytes));
    const timer = setTimeout(() => socket.destroy(), waitMs);
    socket.setEncoding('utf8').on('data', (piece: string) => {
      text += piece;
    });
    socket.on('error', () => undefined);
    socket.once('close', () => {
      clearTimeout(timer);
      resolve(text);
    });
  });
}

const errorSchema = z.strictObject({
  error: z.strictObject({
    message: z.string().min(1),
    type: z.string(),
    param: z.string().nullable(),
    code: z.string(),
  }),
});

/** A designed error of the gateway: OpenAI's shape, named by trace and request, nothing else in it. */
export function errorOf(reply: WireReply) {
  expect(reply.headers['content-type']).toBe('application/json; charset=utf-8');
  expect(reply.headers['x-trace-id']).toMatch(/^[A-Za-z0-9._:-]{1,128}$/);
  expect(reply.headers['x-request-id']).toMatch(/^[0-9a-f-]{36}$/);
  const { error } = errorSchema.parse(JSON.parse(reply.body.toString('utf8')));
  return { status: reply.status, ...error };
}

/** Status and code of a designed error: `404 model_not_found`. */
export function outcomeOf(reply: WireReply): string {
  if (reply.status === 200) return '200';
  const { status, code } = errorOf(reply);
  return `${status} ${code}`;
}
