const CR = 0x0d;
const LF = 0x0a;
const QUOTE = 0x22;
const BACKSLASH = 0x5c;

/** One event as it came: its bytes up to and including the blank line, and its data. */
export interface SseEvent {
  readonly raw: Uint8Array;
  /** The data lines joined by line feeds; null for an event without data (a comment, say). */
  readonly data: string | null;
}

/** Whole events that differ in one text alone, as they came, and their texts in one. */
export interface SseRun {
  readonly raw: Uint8Array;
  readonly text: string;
  /** UTF-8 bytes of the text. */
  readonly textBytes: number;
}

/** What stands around the text of such events; as bytes, each a character (latin1). */
export interface EventFrame {
  readonly before: string;
  readonly after: string;
}

/** An event grew beyond what any honest upstream sends. */
export class SseEventTooLarge extends Error {}

const EVENT_BYTES_MAX = 1024 * 1024;
const EMPTY = Buffer.alloc(0);

/**
 * Cuts a byte stream into events at blank lines, with LF, CRLF or CR line ends. The bytes of all
 * events together are the bytes that came in, so that forwarding them changes nothing; they are
 * views of them, not copies.
 */
export class SseParser {
  /** What came in last, the same with each byte a character, and how far it has been given out. */
  private bytes: Buffer = EMPTY;
  private chars = '';
  private at = 0;
  /** The beginning of an event whose end has not come yet: the first `heldLength` bytes. */
  private held: Buffer = EMPTY;
  private heldLength = 0;
  private lineIsEmpty = true;
  /** The last byte was a CR: an LF that comes first now belongs to it. */
  private isAfterCr = false;
  private skipsLf = false;

  /** Adds bytes. What was added before must have been read until `next` gave null. */
  feed(chunk: Uint8Array): void {
    const { buffer, byteOffset, length } = chunk;
    this.bytes = Buffer.isBuffer(chunk) ? chunk : Buffer.from(buffer, byteOffset, length);
    this.chars = this.bytes.toString('latin1');
    this.at = 0;
    if (length === 0) return;
    this.skipsLf = this.isAfterCr && this.bytes[0] === LF;
    this.isAfterCr = this.bytes[length - 1] === CR;
  }

  /** The next event that is complete; null: there is none yet. Throws SseEventTooLarge. */
  next(): SseEvent | null {
    if (this.at === this.bytes.length) return null;
    const hasCr = this.skipsLf || this.chars.includes('\r', this.at);
    const end = hasCr ? this.endWithCr() : this.endWithoutCr();
    const bytes = this.bytes.subarray(this.at, end < 0 ? undefined : end);
    if (end >= 0) {
      this.at = end;
      return eventOf(this.release(bytes));
    }
    this.at = this.bytes.length;
    this.hold(bytes);
    if (this.heldLength > EVENT_BYTES_MAX) throw new SseEventTooLarge();
    return null;
  }

  /**
   * The whole events from here on that are a frame around a text in UTF-8 without quotes, escapes or
   * control characters: as many as have no more than `bytesMax` of text, at least one; null: the next is none.
   */
  nextRun({ before, after }: EventFrame, bytesMax: number): SseRun | null {
    if (this.heldLength > 0 || this.skipsLf) return null;
    const { chars } = this;
    const start = this.at;
    let text = '';
    let textBytes = 0;
    while (standsAt(chars, this.at, before)) {
      const from = this.at + before.length;
      const to = plainEnd(chars, from);
      const length = to - from;
      if (textBytes + length > bytesMax && this.at > start) break;
      if (!standsAt(chars, to, after)) break;
      const added = this.textAt(from, to);
      // What is no UTF-8 is read as longer than it is.
      if (added.includes('\ufffd')) break;
      text += added;
      textBytes += length;
      this.at = to + after.length;
    }
    if (this.at === start) return null;
    const isAll = start === 0 && this.at === this.bytes.length;
    const raw = isAll ? this.bytes : this.bytes.subarray(start, this.at);
    return { raw, text, textBytes };
  }

  /** What stands after the last blank line when the stream ends: an event cut short, or nothing. */
  end(): SseEvent | null {
    return this.heldLength === 0 ? null : eventOf(this.release(EMPTY));
  }

  private textAt(from: number, to: number): string {
    for (let index = from; index < to; index += 1) {
      if (this.chars.charCodeAt(index) > 0x7f) return this.bytes.toString('utf8', from, to);
    }
    return this.chars.slice(from, to);
  }

  /** The end of the event that begins or goes on here; -1 where it has not come. */
  private endWithoutCr(): number {
    const { chars } = this;
    for (let index = this.at; index < chars.length; ) {
      const end = chars.indexOf('\n', index);
      if (end < 0) {
        this.lineIsEmpty = false;
        return -1;
      }
      const isBlank = end === index && this.lineIsEmpty;
      this.lineIsEmpty = true;
      index = end + 1;
      if (isBlank) return index;
    }
    return -1;
  }

  private endWithCr(): number {
    const { bytes } = this;
    let index = this.at + (this.skipsLf ? 1 : 0);
    this.skipsLf = false;
    while (index < bytes.length) {
      const code = bytes[index];
      index += 1;
      if (code !== CR && code !== LF) {
        this.lineIsEmpty = false;
        continue;
      }
      // The LF of a CRLF ends no line of its own.
      if (code === CR && bytes[index] === LF) index += 1;
      if (this.lineIsEmpty) return index;
      this.lineIsEmpty = true;
    }
    return -1;
  }

  /** By doubling, so that an event in single bytes costs no more than one in a piece. */
  private hold(bytes: Buffer): void {
    const length = this.heldLength + bytes.length;
    if (length > this.held.length) {
      const larger = Buffer.allocUnsafe(Math.max(length, 2 * this.held.length));
      this.held.copy(larger, 0, 0, this.heldLength);
      this.held = larger;
    }
    bytes.copy(this.held, this.heldLength);
    this.heldLength = length;
  }

  private release(rest: Buffer): Buffer {
    if (this.heldLength === 0) return rest;
    const raw = Buffer.concat([this.held.subarray(0, this.heldLength), rest]);
    this.heldLength = 0;
    return raw;
  }
}

/** As `startsWith`, which takes twenty times as long for what is as long as a chunk. */
const standsAt = (chars: string, at: number, what: string): boolean =>
  chars.slice(at, at + what.length) === what;

/** Where the text that begins here stops being plain. */
function plainEnd(chars: string, from: number): number {
  let index = from;
  for (; index < chars.length; index += 1) {
    const code = chars.charCodeAt(index);
    if (code === QUOTE || code === BACKSLASH || code < 0x20) break;
  }
  return index;
}

const eventOf = (raw: Buffer): SseEvent => ({ raw, data: dataOf(raw) });

function dataOf(raw: Buffer): string | null {
  const text = raw.toString('utf8');
  // By far the most common event: one line of data, ended by LF LF.
  if (text.startsWith('data: ') && text.indexOf('\n') === text.length - 2 && !text.includes('\r')) {
    return text.slice(6, -2);
  }
  let data: string | null = null;
  for (const line of text.split(/\r\n|\r|\n/)) {
    if (!line.startsWith('data:')) continue;
    const value = line.startsWith('data: ') ? line.slice(6) : line.slice(5);
    data = data === null ? value : `${data}\n${value}`;
  }
  return data;
}

export const DONE_EVENT = 'data: [DONE]\n\n';

/** An event of our own making. */
export const sseEvent = (data: unknown): Uint8Array =>
  Buffer.from(`data: ${JSON.stringify(data)}\n\n`);
