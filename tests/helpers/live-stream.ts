import { Agent, type IncomingMessage, request } from 'node:http';
import { z } from 'zod';
import { type Ask, bodyOf } from './buy';
import { until } from './until';

const chunkSchema = z.looseObject({
  choices: z
    .array(z.looseObject({ delta: z.looseObject({ content: z.string().nullish() }) }))
    .optional(),
  error: z.looseObject({ code: z.string() }).optional(),
});

/** A streamed answer on a socket of its own, which the client may stop reading, or leave. */
export class LiveStream {
  /** The bytes that the client has read, as text. */
  text = '';
  private closed: 'end' | 'cut' | null = null;

  private constructor(
    private readonly reply: IncomingMessage,
    private readonly agent: Agent,
  ) {
    reply.setEncoding('utf8');
    reply.on('data', (piece: string) => {
      this.text += piece;
    });
    reply.once('end', () => {
      this.closed ??= 'end';
    });
    const cut = () => {
      this.closed ??= 'cut';
    };
    reply.once('error', cut);
    reply.once('close', cut);
  }

  /** Resolves with the reply's head; an answer that is no stream is read like one. */
  static open(
    gateway: { readonly baseUrl: string },
    buyer: { readonly apiKey: string },
    ask: Ask = {},
  ): Promise<LiveStream> {
    const agent = new Agent();
    return new Promise((resolve, reject) => {
      const req = request(`${gateway.baseUrl}/chat/completions`, {
        method: 'POST',
        agent,
        headers: {
          authorization: `Bearer ${buyer.apiKey}`,
          'content-type': 'application/json',
          ...(ask.traceId === undefined ? {} : { 'x-trace-id': ask.traceId }),
          ...ask.headers,
        },
      });
      req.once('error', reject);
      req.once('response', (reply) => {
        req.off('error', reject);
        req.on('error', () => undefined);
        resolve(new LiveStream(reply, agent));
      });
      req.end(bodyOf(ask, true));
    });
  }

  get status(): number {
    return this.reply.statusCode ?? 0;
  }

  header(name: string): string | undefined {
    const value = this.reply.headers[name];
    return Array.isArray(value) ? value[0] : value;
  }

  /** The data of every event that has come in whole. */
  events(): string[] {
    const whole = this.text.split(/\r\n\r\n|\n\n|\r\r/).slice(0, -1);
    return whole.flatMap((event) => (event.startsWith('data: ') ? [event.slice(6)] : []));
  }

  /** The words that the client has read. */
  content(): string {
    return this.chunks()
      .map((chunk) => chunk.choices?.[0]?.delta.content ?? '')
      .join('');
  }

  /** The code of the error event; null while there is none. */
  error(): string | null {
    if (this.status !== 200) return this.text === '' ? null : codeOf(this.text);
    return this.chunks().find((chunk) => chunk.error !== undefined)?.error?.code ?? null;
  }

  get isDone(): boolean {
    return this.events().at(-1) === '[DONE]';
  }

  /** Waits until this many characters of the answer were read. */
  async untilRead(characters: number): Promise<void> {
    await until(`${characters} characters`, () => this.content().length >= characters);
  }

  /** Waits for the end: `end` as agreed, `cut` when the connection broke. */
  async ended(waitMs = 15_000): Promise<'end' | 'cut'> {
    await until('the end of the stream', () => this.closed !== null, waitMs);
    this.agent.destroy();
    return this.closed ?? 'cut';
  }

  /** Reads no more until `readOn`; the bytes pile up where the sender can feel it. */
  stopReading(): void {
    this.reply.pause();
  }

  readOn(): void {
    this.reply.resume();
  }

  /** Breaks the connection off. */
  leave(): void {
    this.reply.destroy();
    this.agent.destroy();
  }

  private chunks() {
    return this.events()
      .filter((data) => data !== '[DONE]')
      .map((data) => chunkSchema.parse(JSON.parse(data)));
  }
}

const codeOf = (text: string): string =>
  z.object({ error: z.object({ code: z.string() }) }).parse(JSON.parse(text)).error.code;
