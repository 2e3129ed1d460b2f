import type { IncomingHttpHeaders } from 'node:http';
import { type Dispatcher, errors, type Pool } from 'undici';
import type { CancelSignal } from '@/server/domain/cancellation';
import { UpstreamBroke } from '@/server/domain/ports';
import { IncomingBody } from './incoming-body';

const TIMEOUTS = new Set(['UND_ERR_HEADERS_TIMEOUT', 'UND_ERR_BODY_TIMEOUT']);

/** The code that Node or undici gave an error; empty where it has none. */
export const codeOf = (error: unknown): string =>
  error instanceof Error && 'code' in error && typeof error.code === 'string' ? error.code : '';

export const isTimeout = (error: unknown): boolean => TIMEOUTS.has(codeOf(error));

/** A reply whose head has come; `body` throws UpstreamBroke. */
export interface Incoming {
  readonly status: number;
  readonly headers: IncomingHttpHeaders;
  readonly body: IncomingBody;
  /** Breaks the body off as timed out if it is not over by then. */
  expireAfter(timeoutMs: number): void;
}

/**
 * Sends a request, and gives its reply once the head is there. Throws undici's error where none
 * comes, or the signal's reason. The signal breaks off the body too.
 */
export function dispatch(
  pool: Pool,
  options: Dispatcher.DispatchOptions,
  signal: CancelSignal,
): Promise<Incoming> {
  return new Promise((resolve, reject) => {
    const call = new Call(signal, resolve, reject);
    if (!signal.aborted) pool.dispatch(options, call);
  });
}

class Call implements Dispatcher.DispatchHandler {
  private controller: Dispatcher.DispatchController | null = null;
  private body: IncomingBody | null = null;
  private timer: NodeJS.Timeout | undefined;
  private isOver = false;

  constructor(
    private readonly signal: CancelSignal,
    private readonly resolve: (reply: Incoming) => void,
    private readonly reject: (error: unknown) => void,
  ) {
    if (signal.aborted) reject(signal.reason);
    else signal.addEventListener('abort', this.leave);
  }

  /** The caller left: whether its request was sent or still waits for a connection. */
  private readonly leave = (): void => {
    this.reject(this.signal.reason);
    this.controller?.abort(new errors.RequestAbortedError());
  };

  private readonly over = (): void => {
    this.isOver = true;
    clearTimeout(this.timer);
    this.signal.removeEventListener('abort', this.leave);
  };

  onRequestStart(controller: Dispatcher.DispatchController): void {
    this.controller = controller;
    if (this.signal.aborted) controller.abort(new errors.RequestAbortedError());
  }

  onResponseStart(
    controller: Dispatcher.DispatchController,
    status: number,
    headers: IncomingHttpHeaders,
  ): void {
    if (status < 200) return;
    const body = new IncomingBody(controller, this.over);
    this.body = body;
    const expireAfter = (timeoutMs: number): void => {
      // Head and end may have come in one read, before whoever waits for the head could ask.
      if (this.isOver) return;
      const expire = () => controller.abort(new errors.BodyTimeoutError());
      this.timer = setTimeout(expire, Math.max(timeoutMs, 1));
    };
    this.resolve({ status, headers, body, expireAfter });
  }

  onResponseData(_controller: Dispatcher.DispatchController, chunk: Buffer): void {
    this.body?.push(chunk);
  }

  onResponseEnd(): void {
    this.body?.end(null);
  }

  onResponseError(_controller: Dispatcher.DispatchController, error: Error): void {
    this.over();
    this.body?.end(new UpstreamBroke(isTimeout(error) ? 'timeout' : 'broke', error));
    this.reject(error);
  }
}
