import type { ReplyHead } from './chat-body';
import { plainBody, streamFrames } from './chat-body';
import type { ChatReply } from './chat-reply';
import type { Exchange } from './exchange';
import { BENCH_MODEL } from './models';
import { proseOfExactly } from './prose';
import { chatUsageJson } from './usage';

const OUTPUT_TOKENS = 100;
const PROMPT_TOKENS = 20;
const DELAY_MS = 50;
const MODE_HEADER = 'x-sim-mode';
const CHEAP = 'cheap';

/**
 * whole: one write. events: a write an event, all at once. paced: a write an event, a turn each.
 * delayed: as events, after 50 ms.
 */
type Delivery = 'whole' | 'events' | 'paced' | 'delayed';
const deliveries: ReadonlyMap<string, Delivery> = new Map([
  ['', 'events'],
  ['-whole', 'whole'],
  ['-paced', 'paced'],
  ['-50ms', 'delayed'],
]);

/** Which prebuilt answer is wanted: `x-sim-mode: cheap…` or model `sim-bench…`; none: a real one. */
export function benchDelivery(exchange: Exchange, model: unknown): Delivery | undefined {
  const mode = exchange.req.headers[MODE_HEADER];
  if (typeof mode === 'string' && mode.startsWith(CHEAP))
    return deliveries.get(mode.slice(CHEAP.length));
  if (typeof model !== 'string' || !model.startsWith(BENCH_MODEL)) return undefined;
  return deliveries.get(model.slice(BENCH_MODEL.length));
}

interface PrebuiltStream {
  readonly events: readonly Buffer[];
  readonly whole: Buffer;
}

/** Constant bytes with the true count of their constant text; the prompt is said to be 20 tokens. */
export class BenchReplies {
  readonly #plain: Buffer;
  readonly #stream: PrebuiltStream;
  readonly #streamWithUsage: PrebuiltStream;

  constructor() {
    const head: ReplyHead = {
      id: 'chatcmpl-bench',
      createdSeconds: 1_767_225_600,
      model: BENCH_MODEL,
    };
    const pieces = proseOfExactly({ seed: 1, language: 'en' }, OUTPUT_TOKENS);
    const choice = { index: 0, pieces, toolCall: undefined, tokens: OUTPUT_TOKENS };
    const reply: ChatReply = {
      choices: [{ ...choice, finishReason: 'stop' }],
      reasoningTokens: 0,
      completionTokens: OUTPUT_TOKENS,
    };
    const figures = {
      promptTokens: PROMPT_TOKENS,
      completionTokens: OUTPUT_TOKENS,
      reasoningTokens: 0,
    };
    const usageJson = chatUsageJson(figures, {});
    const prebuilt = (includeUsage: boolean): PrebuiltStream => {
      const options = { includeUsage, usageJson, usageInLastChoiceChunk: false };
      const data = Array.from(streamFrames(head, reply, options), (frame) => frame.data);
      const events = [...data, '[DONE]'].map((each) => Buffer.from(`data: ${each}\n\n`));
      return { events, whole: Buffer.concat(events) };
    };
    this.#plain = Buffer.from(plainBody(head, reply, usageJson));
    this.#stream = prebuilt(false);
    this.#streamWithUsage = prebuilt(true);
  }

  async plain(exchange: Exchange, delivery: Delivery): Promise<void> {
    const { res } = exchange;
    if (delivery === 'delayed') await exchange.sleep(DELAY_MS);
    res.writeHead(200, {
      'content-type': 'application/json',
      'content-length': this.#plain.length,
    });
    res.end(this.#plain);
  }

  async stream(exchange: Exchange, delivery: Delivery): Promise<void> {
    const { res, record } = exchange;
    if (delivery === 'delayed') await exchange.sleep(DELAY_MS);
    const { events, whole } = record.includeUsage ? this.#streamWithUsage : this.#stream;
    res.writeHead(200, { 'content-type': 'text/event-stream; charset=utf-8' });
    record.sentTokens = OUTPUT_TOKENS;
    if (delivery === 'whole') return void res.end(whole);
    for (const event of events) {
      if (!res.write(event) || delivery === 'paced') await exchange.yieldTurn();
    }
    res.end();
  }
}
