import type { Exchange } from './exchange';
import type { Script } from './script';

const COALESCED_EVENTS = 16;
const RUBBISH_BYTES = 1_000_000;

/** Puts bytes on the socket in the sizes that the script asks for; respects backpressure. */
export class Wire {
  readonly #eventsPerWrite: number;
  readonly #lineEnd: string;
  #waiting = '';
  #waitingEvents = 0;

  constructor(
    readonly exchange: Exchange,
    readonly script: Script,
  ) {
    const { coalesce } = script;
    this.#eventsPerWrite = coalesce === true ? COALESCED_EVENTS : coalesce || 1;
    this.#lineEnd = script.crOnlyLineEnds === true ? '\r' : script.crlf === true ? '\r\n' : '\n';
  }

  async event(data: string): Promise<void> {
    this.#waiting += `data: ${data}${this.#lineEnd}${this.#lineEnd}`;
    this.#waitingEvents += 1;
    if (this.#waitingEvents >= this.#eventsPerWrite) await this.flush();
  }

  async flush(): Promise<void> {
    if (this.#waiting === '') return;
    const bytes = Buffer.from(this.#waiting);
    this.#waiting = '';
    this.#waitingEvents = 0;
    await this.bytes(bytes);
  }

  async bytes(bytes: Buffer): Promise<void> {
    const { chunkBytes } = this.script;
    if (chunkBytes === undefined) return this.exchange.write(bytes);
    for (let at = 0; at < bytes.length; at += chunkBytes) {
      await this.exchange.write(bytes.subarray(at, at + chunkBytes));
      // A turn in between, or the socket would join them again.
      await this.exchange.yieldTurn();
    }
  }
}

const LINE_END = Buffer.from('\n\n');

/** Bytes that no honest upstream sends. */
export function rubbishBytes(script: Script): Buffer {
  const kinds: Record<Exclude<NonNullable<Script['rubbish']>, 'all'>, () => Buffer> = {
    sse: () => Buffer.from('this is not an event\n: neither is this\nretry: soon\n\n'),
    json: () => Buffer.from('data: {"id":"chatcmpl-broken","choices":[{"index":0,"delta":\n\n'),
    utf8: () =>
      Buffer.concat([Buffer.from('data: '), Buffer.from([0xff, 0xfe, 0xc3, 0x28]), LINE_END]),
    nulls: () => Buffer.concat([Buffer.from('data: '), Buffer.alloc(64), LINE_END]),
    oversized: () => {
      const filling = Buffer.alloc(script.rubbishBytes ?? RUBBISH_BYTES, 'x');
      return Buffer.concat([Buffer.from('data: '), filling, LINE_END]);
    },
  };
  const kind = script.rubbish ?? 'sse';
  if (kind !== 'all') return kinds[kind]();
  return Buffer.concat(Object.values(kinds).map((make) => make()));
}
