import { connect, type Socket } from 'node:net';

const HEAD_END = Buffer.from('\r\n\r\n');
const LAST_CHUNK = Buffer.from('\r\n0\r\n\r\n');
const EVENT = Buffer.from('data: ');

/** One exchange, timed. */
export interface Exchange {
  readonly status: number;
  readonly latencyMs: number;
  /** To the first byte of the body. */
  readonly ttftMs: number;
  /** Events of the stream, where they were counted. */
  readonly events: number;
}

/**
 * One kept-alive HTTP/1.1 connection that reads no more of a reply than it must, so that the load
 * costs little beside what it measures. One request at a time.
 */
export class Connection {
  private readonly socket: Socket;
  private head: Buffer | null = null;
  private body: 'none' | 'sized' | 'chunked' = 'none';
  private bytesLeft = 0;
  private tail: Buffer = Buffer.alloc(0);
  private status = 0;
  private events = 0;
  private sentAtMs = 0;
  private firstAtMs = 0;

  constructor(
    port: number,
    private readonly request: Buffer,
    private readonly countsEvents: boolean,
    private readonly onDone: (exchange: Exchange) => void,
    onBroken: (error: Error) => void,
  ) {
    this.socket = connect({ port, host: '127.0.0.1', noDelay: true });
    this.socket.on('data', (piece: Buffer) => this.take(piece));
    this.socket.once('error', onBroken);
    this.socket.once('close', () => onBroken(new Error('The connection was closed.')));
  }

  send(): void {
    this.body = 'none';
    this.head = null;
    this.tail = LAST_CHUNK.subarray(0, 0);
    this.events = 0;
    this.firstAtMs = 0;
    this.sentAtMs = performance.now();
    this.socket.write(this.request);
  }

  close(): void {
    this.socket.removeAllListeners('close');
    this.socket.destroy();
  }

  private take(piece: Buffer): void {
    const rest = this.body === 'none' ? this.takeHead(piece) : piece;
    if (rest === null || rest.length === 0) return;
    if (this.firstAtMs === 0) this.firstAtMs = performance.now();
    if (this.countsEvents) this.events += countOf(EVENT, rest);
    const isWhole = this.body === 'sized' ? this.takeSized(rest) : this.takeChunked(rest);
    if (isWhole) this.done();
  }

  /** What follows the head; null while the head is not whole. */
  private takeHead(piece: Buffer): Buffer | null {
    const bytes = this.head === null ? piece : Buffer.concat([this.head, piece]);
    const end = bytes.indexOf(HEAD_END);
    if (end < 0) {
      this.head = bytes;
      return null;
    }
    const text = bytes.toString('latin1', 0, end);
    this.status = Number(text.slice(9, 12));
    const length = /\r\ncontent-length: *(\d+)/i.exec(text)?.[1];
    this.body = length === undefined ? 'chunked' : 'sized';
    this.bytesLeft = Number(length ?? 0);
    return bytes.subarray(end + HEAD_END.length);
  }

  private takeSized(rest: Buffer): boolean {
    this.bytesLeft -= rest.length;
    return this.bytesLeft <= 0;
  }

  /** Text has no bare `\r\n0\r\n\r\n` in it: only the last chunk ends so. */
  private takeChunked(rest: Buffer): boolean {
    const size = LAST_CHUNK.length;
    this.tail = rest.length >= size ? rest : Buffer.concat([this.tail, rest]);
    this.tail = this.tail.subarray(-size);
    return this.tail.equals(LAST_CHUNK);
  }

  private done(): void {
    const { status, events } = this;
    const latencyMs = performance.now() - this.sentAtMs;
    this.onDone({ status, latencyMs, ttftMs: this.firstAtMs - this.sentAtMs, events });
  }
}

function countOf(what: Buffer, bytes: Buffer): number {
  let count = 0;
  for (let at = bytes.indexOf(what); at >= 0; at = bytes.indexOf(what, at + what.length)) {
    count += 1;
  }
  return count;
}
