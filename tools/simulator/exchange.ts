import type { IncomingMessage, OutgoingHttpHeaders, ServerResponse } from 'node:http';
import { setTimeout as delay, setImmediate as nextTurn } from 'node:timers/promises';
import { ApiError } from './api-error';
import { newRecord, type RequestRecord, type StatsBook } from './stats';

const BODY_BYTES_MAX = 64 * 1024 * 1024;

/** One request and its reply. Knows when the client is gone; then every wait here rejects. */
export class Exchange {
  readonly url: URL;
  readonly record: RequestRecord;
  readonly #gone = new AbortController();
  #cutByScript = false;

  constructor(
    readonly req: IncomingMessage,
    readonly res: ServerResponse,
    stats: StatsBook | undefined,
  ) {
    this.url = new URL(req.url ?? '/', 'http://simulator');
    this.record = newRecord(req.method ?? 'GET', this.url.pathname, req.headers);
    const end = stats?.begin(this.record);
    res.once('close', () => {
      if (res.writableFinished) return end?.('finished');
      end?.(this.#cutByScript ? 'cut' : 'aborted');
      this.#gone.abort();
    });
  }

  get isGone(): boolean {
    return this.#gone.signal.aborted;
  }

  /** @throws ApiError 413 beyond 64 MiB */
  readBody(): Promise<Buffer> {
    return new Promise((resolve, reject) => {
      const chunks: Buffer[] = [];
      let size = 0;
      this.req.on('data', (chunk: Buffer) => {
        size += chunk.length;
        if (size <= BODY_BYTES_MAX) chunks.push(chunk);
        else reject(new ApiError(413, 'The request is too large.'));
      });
      this.req.on('end', () =>
        resolve(chunks.length === 1 && chunks[0] ? chunks[0] : Buffer.concat(chunks)),
      );
      this.req.on('error', reject);
    });
  }

  sendJson(status: number, body: unknown, headers: OutgoingHttpHeaders = {}): void {
    const bytes = Buffer.from(JSON.stringify(body));
    this.res.writeHead(status, {
      'content-type': 'application/json',
      'content-length': bytes.length,
      ...headers,
    });
    this.res.end(bytes);
  }

  async sleep(ms: number): Promise<void> {
    const { signal } = this.#gone;
    if (ms >= 1) await delay(ms, undefined, { signal });
    else signal.throwIfAborted();
  }

  /** Lets other requests, and this client's leaving, have their turn. */
  async yieldTurn(): Promise<void> {
    await nextTurn();
    this.#gone.signal.throwIfAborted();
  }

  /** Writes and waits until the socket takes more. */
  async write(bytes: Buffer): Promise<void> {
    this.#gone.signal.throwIfAborted();
    if (this.res.write(bytes)) return;
    await this.#event((done) => this.res.once('drain', done));
  }

  /** Breaks the connection off, after what was written has left. */
  async cut(): Promise<void> {
    this.#cutByScript = true;
    if (this.res.headersSent) await this.#event((done) => this.res.write('', () => done()));
    this.res.destroy();
  }

  /** Never answers; ends only by the client's leaving. */
  hang(): Promise<never> {
    return new Promise((_, reject) => {
      const { signal } = this.#gone;
      const leave = () => reject(signal.reason);
      if (signal.aborted) leave();
      else signal.addEventListener('abort', leave, { once: true });
    });
  }

  #event(subscribe: (done: () => void) => void): Promise<void> {
    return new Promise((resolve, reject) => {
      const { signal } = this.#gone;
      const leave = () => reject(signal.reason);
      signal.addEventListener('abort', leave, { once: true });
      subscribe(() => {
        signal.removeEventListener('abort', leave);
        resolve();
      });
    });
  }
}
