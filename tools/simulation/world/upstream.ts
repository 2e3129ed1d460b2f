import type { CancelSignal } from '@/server/domain/cancellation';
import { UpstreamBroke, type UpstreamCall, type UpstreamReply } from '@/server/domain/ports';
import type { ClientExchange } from './exchange';
import type { FaultKind } from './faults';
import type { Process } from './scheduler';
import type { Stage } from './stage';
import { countTokens, TOKEN } from './tokens';

/** What a stream does at its end, when it does not simply end. */
type StreamEnd = 'done' | 'closed' | 'breaks' | 'error' | 'rubbish' | 'silent';
type Lie = 'none' | 'missing' | 'absurd' | 'too much';

const NATURAL_TOKENS = [20, 300, 420, 1_260];
/** A model that states no maximum: nobody knows how much it sends when it is told of none. */
const UNBOUNDED_TOKENS = [300, 1_260, 6_000];
const THINKS = '"model":"trusting"';
const OTHER_WORDS = '"model":"blurred"';

/** The sellers of answers. Each call's fate is drawn when it is made. */
export class Upstreams {
  private sold = 0;

  constructor(private readonly stage: Stage) {}

  async call(
    process: Process,
    exchange: ClientExchange,
    call: UpstreamCall,
  ): Promise<UpstreamReply> {
    const { dice, journal, watch } = this.stage;
    const latencyMs = dice.chance(0.06) ? dice.skewed(8_000, 70_000) : dice.skewed(2, 2_500);
    const failure = this.failure();
    journal.say(
      () =>
        `${process.name} ⇒ ${call.route.upstream} for ${exchange.name}: ${failure ?? 'answers'} in ${Math.round(latencyMs)} ms`,
    );
    const mayBeBought = failure === null || failure.kind === 'timeout' || failure.kind === 'broke';
    exchange.calls += 1;
    if (exchange.calls > 1) this.stage.reach('upstream: another one is tried');
    if (mayBeBought) watch.onPurchase(exchange);
    await this.pause(process, latencyMs, call.signal, () => call.signal.reason);
    if (failure !== null) return failure;
    this.sold += 1;
    const tag = `#answer-${this.sold}#`;
    exchange.bought = tag;
    const pieces = call.isStream
      ? this.streamPieces(call, exchange, tag)
      : this.plainPieces(call, exchange, tag);
    return {
      kind: 'answer',
      status: 200,
      contentType: call.isStream ? 'text/event-stream' : 'application/json',
      body: this.body(process, pieces, call.signal),
    };
  }

  private happens(kind: FaultKind, probability: number): boolean {
    const happens = this.stage.faults.has(kind) && this.stage.dice.chance(probability);
    if (happens) this.stage.reach(`fault: ${kind}`);
    return happens;
  }

  private failure(): Exclude<UpstreamReply, { kind: 'answer' }> | null {
    if (!this.happens('upstream-fails', 0.3)) return null;
    return this.stage.dice.pick([
      { kind: 'unreached' },
      { kind: 'unreached' },
      { kind: 'busy', status: 429 },
      { kind: 'misconfigured', status: 401 },
      { kind: 'rejected', status: 400, message: 'no', param: null, isTooLong: false },
      { kind: 'timeout' },
      { kind: 'broke' },
    ] as const);
  }

  private lie(): Lie {
    if (!this.happens('upstream-lies', 0.4)) return 'none';
    return this.stage.dice.pick(['missing', 'absurd', 'too much'] as const);
  }

  /** What an answer is of, in each choice. An honest one keeps within the bound that it was given. */
  private tokensFor(call: UpstreamCall, lie: Lie): Size {
    const { dice } = this.stage;
    const max = numberIn(call.body, 'max_tokens');
    const choices = numberIn(call.body, 'n') ?? 1;
    const thinks = call.body.includes(THINKS);
    const most = max ?? dice.pick(thinks ? UNBOUNDED_TOKENS : NATURAL_TOKENS);
    const all = dice.chance(0.3) ? most : dice.between(dice.chance(0.1) ? 0 : 1, most);
    const hidden = thinks ? dice.between(0, all) : 0;
    const more = lie === 'too much' && max !== null ? max : 0;
    return { tokens: all - hidden + more, hidden, choices };
  }

  private usage(call: UpstreamCall, output: number, lie: Lie): object {
    if (lie === 'missing') return {};
    const prompt_tokens = this.promptTokens(call);
    if (lie === 'absurd') return { usage: { prompt_tokens, completion_tokens: -1 } };
    return { usage: { prompt_tokens, completion_tokens: output } };
  }

  /** One of another vocabulary counts up to a token for each byte. */
  private promptTokens({ body }: UpstreamCall): number {
    const counted = countTokens(body);
    if (!body.includes(OTHER_WORDS)) return counted;
    const messages = /"messages":(\[.*?\])/.exec(body)?.[1] ?? '';
    return this.stage.dice.between(counted, Math.max(counted, messages.length));
  }

  private plainPieces(call: UpstreamCall, exchange: ClientExchange, tag: string): Piece[] {
    const { dice } = this.stage;
    const lie = this.lie();
    const { tokens, hidden, choices } = this.tokensFor(call, lie);
    exchange.hiddenTokens = hidden * choices;
    const text = JSON.stringify({
      id: tag,
      object: 'chat.completion',
      choices: Array.from({ length: choices }, (_, index) => ({
        index,
        message: { role: 'assistant', content: `${exchange.ask.tag}${TOKEN.repeat(tokens)}` },
        finish_reason: 'stop',
      })),
      ...this.usage(call, (tokens + hidden) * choices, lie),
    });
    const half = dice.between(1, text.length - 1);
    const breaks = this.happens('upstream-fails', 0.15);
    return [
      { afterMs: dice.skewed(0, 20), text: text.slice(0, half) },
      { afterMs: dice.skewed(0, 300), text: breaks ? null : text.slice(half) },
    ];
  }

  private streamPieces(call: UpstreamCall, exchange: ClientExchange, tag: string): Piece[] {
    const { dice } = this.stage;
    const lie = this.lie();
    const { tokens, hidden, choices } = this.tokensFor(call, lie);
    exchange.hiddenTokens = hidden * choices;
    const end: StreamEnd = this.happens('upstream-fails', 0.35)
      ? dice.pick(['closed', 'breaks', 'error', 'rubbish', 'silent'] as const)
      : 'done';
    const event = (data: unknown): string => `data: ${JSON.stringify(data)}\n\n`;
    const chunk = (index: number, content: string): string =>
      event({ id: tag, choices: [{ index, delta: { content } }] });
    const pieces: Piece[] = [];
    const stopAt = end === 'done' ? tokens : dice.between(0, tokens);
    let text = chunk(0, exchange.ask.tag);
    const size = dice.pick([5, 30, 90, 200]);
    for (let sent = 0; sent < stopAt; ) {
      const now = Math.min(dice.between(1, size), stopAt - sent);
      for (let index = 0; index < choices; index += 1) text += chunk(index, TOKEN.repeat(now));
      sent += now;
      if (dice.chance(0.3)) continue;
      pieces.push({ afterMs: this.gapMs(), text });
      text = '';
    }
    if (end === 'done' || end === 'closed') {
      if (call.body.includes('"include_usage":true')) {
        text += event({
          id: tag,
          choices: [],
          ...this.usage(call, (stopAt + hidden) * choices, lie),
        });
      }
      if (end === 'done') text += 'data: [DONE]\n\n';
    }
    if (end === 'error') text += event({ error: { message: 'overloaded' } });
    if (end === 'rubbish') text += 'data: {"cho\n\n';
    if (text !== '') pieces.push({ afterMs: this.gapMs(), text });
    if (end === 'breaks') pieces.push({ afterMs: dice.skewed(1, 900), text: null });
    if (end === 'silent') pieces.push({ afterMs: 300_000, text: null });
    return pieces;
  }

  private gapMs(): number {
    const { dice } = this.stage;
    return dice.chance(0.03) ? dice.skewed(1_000, 45_000) : dice.skewed(0, 700);
  }

  private async *body(
    process: Process,
    pieces: readonly Piece[],
    signal: CancelSignal,
  ): AsyncGenerator<Uint8Array, void, undefined> {
    for (const { afterMs, text } of pieces) {
      await this.pause(process, afterMs, signal, () => new UpstreamBroke('broke'));
      if (text === null) throw new UpstreamBroke(afterMs >= 300_000 ? 'timeout' : 'broke');
      yield Buffer.from(text);
    }
  }

  /** Waits in the process's own time; the process may call it off. */
  private pause(
    process: Process,
    delayMs: number,
    signal: CancelSignal,
    reason: () => unknown,
  ): Promise<void> {
    return new Promise((resolve, reject) => {
      if (signal.aborted) {
        reject(reason());
        return;
      }
      const onAbort = (): void => {
        event.isCancelled = true;
        reject(reason());
      };
      const event = this.stage.scheduler.after(delayMs, process, () => {
        signal.removeEventListener('abort', onAbort);
        resolve();
      });
      signal.addEventListener('abort', onAbort, { once: true });
    });
  }
}

interface Size {
  readonly tokens: number;
  /** Reasoning, which is billed and never sent. */
  readonly hidden: number;
  readonly choices: number;
}

/** A part of an answer; without text the connection breaks instead. */
interface Piece {
  readonly afterMs: number;
  readonly text: string | null;
}

function numberIn(body: string, field: string): number | null {
  const found = new RegExp(`"${field}":(\\d+)`).exec(body)?.[1];
  return found === undefined ? null : Number(found);
}
