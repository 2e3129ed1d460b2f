import { createWriteStream } from 'node:fs';
import { WebSocket } from 'undici';
import { z } from 'zod';

const message = z.union([
  z.object({ id: z.number(), result: z.unknown() }),
  z.object({ id: z.number(), error: z.looseObject({ message: z.string() }) }),
  z.object({ method: z.string(), params: z.unknown() }),
]);
const target = z.array(z.looseObject({ webSocketDebuggerUrl: z.string() }));
const evaluated = z.object({ result: z.looseObject({ value: z.unknown() }) });
const remote = z.object({ result: z.looseObject({ objectId: z.string() }) });
const found = z.object({ objects: z.looseObject({ objectId: z.string() }) });
const snapshotChunk = z.object({ chunk: z.string() });

const GROUP = 'soak';

interface Waiting {
  resolve(result: unknown): void;
  reject(error: Error): void;
}

/** Looks into another Node process that was started with `--inspect`; the process knows nothing of it. */
export class Inspector {
  private readonly waiting = new Map<number, Waiting>();
  private lastId = 0;
  private onChunk: (chunk: string) => void = () => undefined;

  private constructor(private readonly socket: WebSocket) {
    socket.addEventListener('message', ({ data }) => this.take(String(data)));
    socket.addEventListener('close', () => {
      for (const { reject } of this.waiting.values()) reject(new Error('The process is gone.'));
    });
  }

  /** @throws when nothing listens there */
  static async open(port: number): Promise<Inspector> {
    const reply = await fetch(`http://127.0.0.1:${port}/json/list`);
    const [first] = target.parse(await reply.json());
    if (first === undefined) throw new Error('There is nothing to look into.');
    const socket = new WebSocket(first.webSocketDebuggerUrl);
    await new Promise((resolve, reject) => {
      socket.addEventListener('open', resolve, { once: true });
      socket.addEventListener('error', () => reject(new Error('The inspector does not answer.')), {
        once: true,
      });
    });
    return new Inspector(socket);
  }

  /** The value of an expression in the process, copied. */
  async evaluate(expression: string): Promise<unknown> {
    const reply = await this.call('Runtime.evaluate', { expression, returnByValue: true });
    return evaluated.parse(reply).result.value;
  }

  /** Collects all garbage there is, twice: what finalisers let go of goes the second time. */
  async collectGarbage(): Promise<void> {
    for (const _ of [1, 2]) {
      await this.call('HeapProfiler.collectGarbage');
      await new Promise((resolve) => setTimeout(resolve, 100));
    }
  }

  /** What a function makes of every live object with this prototype; `fn` has them as `this`. */
  async ofAll(prototype: string, fn: string): Promise<unknown> {
    try {
      const { result } = remote.parse(
        await this.call('Runtime.evaluate', { expression: prototype, objectGroup: GROUP }),
      );
      const { objects } = found.parse(
        await this.call('Runtime.queryObjects', {
          prototypeObjectId: result.objectId,
          objectGroup: GROUP,
        }),
      );
      const reply = await this.call('Runtime.callFunctionOn', {
        objectId: objects.objectId,
        functionDeclaration: fn,
        returnByValue: true,
      });
      return evaluated.parse(reply).result.value;
    } finally {
      // Else the inspector itself would keep them alive.
      await this.call('Runtime.releaseObjectGroup', { objectGroup: GROUP });
    }
  }

  /** Writes a heap snapshot, as Chrome's developer tools read it. */
  async writeSnapshot(file: string): Promise<void> {
    const out = createWriteStream(file);
    this.onChunk = (chunk) => void out.write(chunk);
    await this.call('HeapProfiler.takeHeapSnapshot', { reportProgress: false });
    await new Promise<void>((resolve) => out.end(resolve));
  }

  close(): void {
    this.socket.close();
  }

  private call(method: string, params: object = {}): Promise<unknown> {
    this.lastId += 1;
    const id = this.lastId;
    return new Promise((resolve, reject) => {
      this.waiting.set(id, { resolve, reject });
      this.socket.send(JSON.stringify({ id, method, params }));
    });
  }

  private take(text: string): void {
    const received = message.parse(JSON.parse(text));
    if ('method' in received) {
      if (received.method !== 'HeapProfiler.addHeapSnapshotChunk') return;
      this.onChunk(snapshotChunk.parse(received.params).chunk);
      return;
    }
    const waiting = this.waiting.get(received.id);
    this.waiting.delete(received.id);
    if ('error' in received) waiting?.reject(new Error(received.error.message));
    else waiting?.resolve(received.result);
  }
}
