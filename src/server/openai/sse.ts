const CR = 0x0d;
const LF = 0x0a;

/** One event as it came: its bytes up to and including the blank line, and its data. */
export interface SseEvent {
  readonly raw: Uint8Array;
  /** The data lines joined by line feeds; null for an event without data (a comment, say). */
  readonly data: string | null;
}

/** An event grew beyond what any honest upstream sends. */
export class SseEventTooLarge extends Error {}

const EVENT_BYTES_MAX = 1024 * 1024;

/**
 * Cuts a byte stream into events at blank lines, with LF, CRLF or CR line ends. The bytes of all
 * events together are the bytes that came in, so that forwarding them changes nothing.
 */
export class SseParser {
  /** The beginning of an event whose end has not come yet: the first `heldLength` bytes. */
  private held = Buffer.alloc(0);
  private heldLength = 0;
  private lineIsEmpty = true;
  /** The last byte was a CR: an LF that comes first now belongs to it. */
  private isAfterCr = false;

  /** Returns the events that are complete now. Throws SseEventTooLarge. */
  push(chunk: Uint8Array): SseEvent[] {
    if (chunk.length === 0) return [];
    const bytes = Buffer.from(chunk);
    const events: SseEvent[] = [];
    let start = 0;
    let index = this.isAfterCr && bytes[0] === LF ? 1 : 0;
    this.isAfterCr = bytes.at(-1) === CR;
    while (index < bytes.length) {
      const code = bytes[index];
      index += 1;
      if (code !== CR && code !== LF) {
        this.lineIsEmpty = false;
        continue;
      }
      // The LF of a CRLF ends no line of its own.
      if (code === CR && bytes[index] === LF) index += 1;
      if (!this.lineIsEmpty) {
        this.lineIsEmpty = true;
        continue;
      }
      events.push(eventOf(this.release(bytes.subarray(start, index))));
      start = index;
    }
    this.hold(bytes.subarray(start));
    if (this.heldLength > EVENT_BYTES_MAX) throw new SseEventTooLarge();
    return events;
  }

  /** What stands after the last blank line when the stream ends: an event cut short, or nothing. */
  end(): SseEvent | null {
    return this.heldLength === 0 ? null : eventOf(this.release(Buffer.alloc(0)));
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
