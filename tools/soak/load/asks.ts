import { randomUUID } from 'node:crypto';
import { generateApiKey } from '@/server/security/api-key';
import type { Random } from '../../chaos/random';
import type { Script } from '../../simulator/script';

/** How a request ended, as its client saw it: a status, or how far its answer came. */
export type Outcome = 'whole' | 'replayed' | 'left' | 'broken' | `${number}`;

export interface Ask {
  readonly kind: string;
  readonly method: 'GET' | 'POST';
  readonly path: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string | null;
  /** The client goes away: at the first bytes of the body, or after so many milliseconds. */
  readonly leaves: 'mid-stream' | number | null;
  /** How it ends while all is well. */
  readonly expected: readonly Outcome[];
}

/** Whose keys are used, and which are there to be refused. */
export interface Buyers {
  readonly rich: readonly { readonly apiKey: string }[];
  /** Of a tenant without money. */
  readonly poor: string;
  /** May ask once a day. */
  readonly limited: string;
}

interface Named {
  readonly apiKey: string;
  readonly traceId: string;
  readonly body: string;
}

type Maker = (asks: Asks) => Ask;

const NAMES_REMEMBERED = 500;
const HANGING: Script = { outputTokens: 8, ttftMs: 0, perTokenMs: 0, hangAfterTokens: 8 };
const LEAVES_AFTER_MS = 30;

/** Of a thousand requests: what a gateway meets in its life, all of it at once. */
const MIX: readonly (readonly [number, Maker])[] = [
  [380, (asks) => asks.chat('plain', asks.buyer(), { model: 'sim-bench' })],
  [180, (asks) => asks.chat('stream', asks.buyer(), { model: 'sim-bench-whole', stream: true })],
  [50, (asks) => asks.chat('stream', asks.buyer(), { model: 'sim-bench', stream: true })],
  [80, (asks) => asks.named({ model: 'sim-bench' })],
  [50, (asks) => asks.named({ model: 'sim-bench-whole', stream: true })],
  [60, (asks) => asks.repeat()],
  [10, (asks) => asks.conflict()],
  [20, (asks) => asks.embedding()],
  [60, (asks) => asks.leaving('left in mid-stream', HANGING, 'mid-stream')],
  [20, (asks) => asks.leaving('left before a byte', { ttftMs: 60_000 }, LEAVES_AFTER_MS)],
  [20, (asks) => asks.scripted('upstream error', { status: 500, ttftMs: 0 }, false, ['502'])],
  [10, (asks) => asks.scripted('upstream dies', { dieAfterTokens: 4 }, true, ['broken'])],
  [15, (asks) => ({ ...asks.chat('bad key', generateApiKey(), {}), expected: ['401'] })],
  [10, (asks) => ({ ...asks.chat('bad body', asks.buyer(), {}), body: '{', expected: ['400'] })],
  [5, (asks) => asks.tooLarge()],
  [5, (asks) => asks.unknownModel()],
  [10, (asks) => ({ ...asks.chat('no money', asks.buyers.poor, {}), expected: ['402'] })],
  [10, (asks) => asks.overLimit()],
  [5, (asks) => asks.get('balance')],
];

/** Makes requests of every kind, by chance but the same for the same seed. */
export class Asks {
  private readonly names: Named[] = [];
  private asked = 0;

  constructor(
    readonly buyers: Buyers,
    private readonly random: Random,
  ) {}

  next(): Ask {
    this.asked += 1;
    let at = this.random.next() * MIX.reduce((sum, [weight]) => sum + weight, 0);
    for (const [weight, make] of MIX) {
      at -= weight;
      if (at < 0) return make(this);
    }
    return this.get('balance');
  }

  buyer(): string {
    return this.random.pick(this.buyers.rich).apiKey;
  }

  chat(kind: string, apiKey: string, fields: object, directive = ''): Ask {
    const content = `Question ${this.asked} of ${randomUUID()}.${directive}`;
    const body = { model: 'sim-bench', messages: [{ role: 'user', content }], ...fields };
    return {
      kind,
      method: 'POST',
      path: '/api/v1/chat/completions',
      headers: { authorization: `Bearer ${apiKey}`, 'content-type': 'application/json' },
      body: JSON.stringify(body),
      leaves: null,
      expected: ['whole'],
    };
  }

  /** With a trace id of the client's own, which others may ask for again. */
  named(fields: object): Ask {
    const named = this.write(this.buyer(), randomUUID(), fields);
    this.names.push(named);
    if (this.names.length > NAMES_REMEMBERED) this.names.shift();
    return this.asking('named', named, ['whole']);
  }

  /**
   * The same again: its stored answer, or 409 while the first is under way; 401 where an operator
   * has taken the key away meanwhile.
   */
  repeat(): Ask {
    const named = this.names[this.random.between(0, NAMES_REMEMBERED)];
    if (named === undefined) return this.named({});
    return this.asking('repeated', named, ['replayed', '409', '401', 'whole']);
  }

  /** Another body under a name that is taken. */
  conflict(): Ask {
    const named = this.names[this.random.between(0, NAMES_REMEMBERED)];
    if (named === undefined) return this.named({});
    const other = this.write(named.apiKey, named.traceId, {});
    return this.asking('conflict', other, ['409', '401', 'whole']);
  }

  embedding(): Ask {
    const ask = this.chat('embedding', this.buyer(), {});
    const body = JSON.stringify({ model: 'sim-embed', input: `Passage ${this.asked}` });
    return { ...ask, path: '/api/v1/embeddings', body };
  }

  leaving(kind: string, script: Script, leaves: Ask['leaves']): Ask {
    return { ...this.scripted(kind, script, true, ['left']), leaves };
  }

  scripted(kind: string, script: Script, stream: boolean, expected: readonly Outcome[]): Ask {
    const directive = ` [[sim: ${JSON.stringify(script)}]]`;
    const fields = { model: 'sim-fast', stream };
    return { ...this.chat(kind, this.buyer(), fields, directive), expected };
  }

  /** Refused by the length that its head names, before a byte of it is read. */
  tooLarge(): Ask {
    const ask = this.chat('too large', this.buyer(), {});
    const headers = { ...ask.headers, 'content-length': String(1_000_000_000) };
    return { ...ask, headers, body: null, expected: ['413'] };
  }

  unknownModel(): Ask {
    const ask = this.chat('unknown model', this.buyer(), { model: `no-such-${this.asked}` });
    return { ...ask, expected: ['404'] };
  }

  overLimit(): Ask {
    const ask = this.chat('over a limit', this.buyers.limited, {});
    return { ...ask, expected: ['429', 'whole'] };
  }

  get(what: string): Ask {
    const ask = this.chat('enquiry', this.buyer(), {});
    return { ...ask, method: 'GET', path: `/api/v1/${what}`, body: null };
  }

  private write(apiKey: string, traceId: string, fields: object): Named {
    return { apiKey, traceId, body: this.chat('', apiKey, fields).body ?? '' };
  }

  private asking(kind: string, named: Named, expected: readonly Outcome[]): Ask {
    const ask = this.chat(kind, named.apiKey, {});
    const headers = { ...ask.headers, 'x-trace-id': named.traceId };
    return { ...ask, headers, body: named.body, expected };
  }
}
