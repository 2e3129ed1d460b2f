import type { AnswerMeter } from '../domain/ports';
import { deltaText, isUsageChunk, saysWhyItEnds, type TextPiece } from '../openai/answer-text';
import { ChunkTemplate } from '../openai/chunk-template';
import { asString } from '../openai/object';
import { readObject } from '../openai/read-object';
import type { AnswerRequest } from '../openai/request';
import { DONE_EVENT, type SseEvent, SseEventTooLarge, SseParser, sseEvent } from '../openai/sse';
import { type ReportedUsage, readUsage } from '../openai/usage';

/** More running texts than any honest answer has: choices times tool calls. */
const TRACKS_MAX = 4_096;

/** An event, or several like it, to be handed on; its text is metered once it is taken. */
export interface ReadEvent {
  readonly raw: Uint8Array;
  readonly pieces: readonly TextPiece[];
  /** UTF-8 bytes of its text. */
  readonly textBytes: number;
}

/**
 * Reads an upstream's events: meters their text, notes the usage, and says which bytes to hand on.
 * The closing `[DONE]` is kept back, since it may only leave once the settlement is durable.
 */
export class StreamReader {
  usage: ReportedUsage = { kind: 'missing' };
  /** The upstream said that it is done. */
  isDone = false;
  /** It sent an error, or what is no event of a chat completion: nothing more is handed on. */
  isBroken = false;
  /** A choice said why it ends: what follows may be left out, and is by some. */
  hasFinished = false;
  /** UTF-8 bytes of the text that was metered so far. */
  textBytes = 0;
  private readonly parser = new SseParser();
  private readonly tracks = new Set<string>();
  private readonly template = new ChunkTemplate();
  private done: Uint8Array = Buffer.alloc(0);
  private id = '';
  private model = '';

  constructor(
    private readonly request: AnswerRequest,
    private readonly meter: AnswerMeter,
    private readonly contextWindow: number | null,
  ) {}

  /** The event that ends the stream, as the upstream sent it; empty when it sent none. */
  get doneEvent(): Uint8Array {
    return this.done;
  }

  /** Adds bytes of the upstream. What was added before must have been read until `next` gave null. */
  feed(chunk: Uint8Array): void {
    this.parser.feed(chunk);
  }

  /** The upstream closed: what stands after its last blank line counts if it is whole. */
  end(): ReadEvent | null {
    const rest = this.parser.end();
    return rest === null ? null : this.read(rest);
  }

  /**
   * What is handed on next: an event, or as many as are like the last and have no more than
   * `bytesMax` of text together. Null: there is nothing more in what came.
   */
  next(bytesMax: number): ReadEvent | null {
    while (!this.isDone && !this.isBroken) {
      const { frame, track } = this.template;
      const run = frame === null ? null : this.parser.nextRun(frame, bytesMax);
      if (run !== null) {
        const { raw, text, textBytes } = run;
        return { raw, pieces: [{ track, text }], textBytes };
      }
      const event = this.nextEvent();
      if (event === null) return null;
      const read = this.read(event);
      if (read !== null) return read;
    }
    return null;
  }

  /** Meters what is about to leave. */
  take({ pieces, textBytes }: ReadEvent): void {
    for (const { track, text } of pieces) this.meter.push(track, text);
    this.textBytes += textBytes;
  }

  private nextEvent(): SseEvent | null {
    try {
      return this.parser.next();
    } catch (error) {
      if (!(error instanceof SseEventTooLarge)) throw error;
      this.isBroken = true;
      return null;
    }
  }

  /** What an event says, where it is handed on. */
  private read({ raw, data }: SseEvent): ReadEvent | null {
    if (data === null || data === '') return readEvent(raw, []);
    if (data === '[DONE]') {
      this.isDone = true;
      this.done = raw.length > 0 ? endingWhole(raw) : Buffer.from(DONE_EVENT);
      return null;
    }
    const chunk = readObject(data);
    if (chunk === null || (chunk.error ?? null) !== null) {
      this.isBroken = true;
      return null;
    }
    this.id = asString(chunk.id) || this.id;
    this.model = asString(chunk.model) || this.model;
    const usage = readUsage(this.request.endpoint, chunk, this.contextWindow);
    this.hasFinished ||= saysWhyItEnds(chunk);
    const pieces = deltaText(chunk);
    if (usage.kind === 'missing') this.template.learn(raw, pieces);
    else this.usage = usage;
    for (const { track } of pieces) this.tracks.add(track);
    if (this.tracks.size > TRACKS_MAX) this.isBroken = true;
    if (this.isBroken || (!this.request.wantsUsage && isUsageChunk(chunk))) return null;
    return readEvent(raw, pieces);
  }

  /** Closes the answer as a bound on its length would: the credit is spent. */
  lengthChunk(): Uint8Array {
    const choices = [{ index: 0, delta: {}, finish_reason: 'length' }];
    const created = Math.floor(Date.now() / 1000);
    return sseEvent({
      id: this.id,
      object: 'chat.completion.chunk',
      created,
      model: this.model || this.request.model,
      choices,
    });
  }
}

const readEvent = (raw: Uint8Array, pieces: readonly TextPiece[]): ReadEvent => ({
  raw,
  pieces,
  textBytes: pieces.reduce((sum, { text }) => sum + Buffer.byteLength(text), 0),
});

/** Nothing is read after the last event: the LF of its last CRLF may not have come in yet. */
const endingWhole = (raw: Uint8Array): Uint8Array =>
  raw.at(-1) === 0x0d && raw.includes(0x0a) ? Buffer.concat([raw, Buffer.from('\n')]) : raw;
