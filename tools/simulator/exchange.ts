import type { IncomingMessage, OutgoingHttpHeaders, ServerResponse } from 'node:http';
import { ApiError } from './api-error';
import { newRecord, type RequestRecord, type StatsBook } from './stats';

const BODY_BYTES_MAX = 64 * 1024 * 1024;

/** The client left before the reply's end; nobody is there to be told. */
export class ClientGone extends Error {
  override readonly name = 'ClientGone';
}

/**
 * One request and its reply. Knows when the client is gone: then every wait here rejects. Only one
 * wait at a time (a reply is written in order), so no abort signal is needed for each token.
 */
export class Exchange {
  /** Without the query. */
  readonly path: string;
  readonly record: RequestRecord;
  #gone = false;
  #leave: (() => void) | undefined;
  #cutByScript = false;

  constructor(
    readonly req: IncomingMessage,
    readonly res: ServerResponse,
    stats: StatsBook | undefined,
  ) {
    this.path = (req.url ?? '/').replace(/\?.*$/s, '');
    this.record = newRecord(req.method ?? 'GET', this.path, req.headers);
    const end = stats?.begin(this.record);
    res.once('close', () => {
      if (res.writableFinished) return end?.('finished');
      end?.(this.#cutByScript ? 'cut' : 'aborted');
      this.#gone = true;
      this.#leave?.();
    });
  }

  get isGone(): boolean {
    return this.#gone;
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
      this.req.on('error', () => reject(new ClientGone()));
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
    if (ms < 1) return this.#stay();
    let timer: NodeJS.Timeout | undefined;
    try {
      await this.#wait((done) => {
        timer = setTimeout(done, ms);
      });
    } finally {
      clearTimeout(timer);
    }
  }

  /** Lets other requests, and this client's leaving, have their turn. */
  async yieldTurn(): Promise<void> {
    await this.#wait((done) => setImmediate(done));
  }

  /** Writes and waits until the socket takes more. */
  async write(bytes: Buffer): Promise<void> {
    this.#stay();
    if (this.res.write(bytes)) return;
    await this.#wait((done) => this.res.once('drain', done));
  }

  /** Breaks the connection off, after what was written has left. */
  async cut(): Promise<void> {
    this.#cutByScript = true;
    if (this.res.headersSent) await this.#wait((done) => this.res.write('', () => done()));
    this.res.destroy();
  }

  /** Never answers; ends only by the client's leaving. */
  async hang(): Promise<never> {
    await this.#wait(() => undefined);
    throw new ClientGone();
  }

  #stay(): void {
    if (this.#gone) throw new ClientGone();
  }

  #wait(begin: (done: () => void) => void): Promise<void> {
    return new Promise((resolve, reject) => {
      const leave = () => reject(new ClientGone());
      if (this.#gone) return leave();
      this.#leave = leave;
      begin(() => {
        this.#leave = undefined;
        resolve();
      });
    });
  }
}
