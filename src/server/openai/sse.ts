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
  private rest: Buffer = Buffer.alloc(0);
  /** How far `rest` has been searched already. */
  private searched = 0;
  private lineIsEmpty = true;
  /** The last byte was a CR: an LF that comes first now belongs to it. */
  private isAfterCr = false;

  /** Returns the events that are complete now. Throws SseEventTooLarge. */
  push(chunk: Uint8Array): SseEvent[] {
    if (chunk.length === 0) return [];
    const bytes = this.rest.length === 0 ? Buffer.from(chunk) : Buffer.concat([this.rest, chunk]);
    const events: SseEvent[] = [];
    let start = 0;
    let index = this.searched;
    if (this.isAfterCr && bytes[index] === LF) index += 1;
    this.isAfterCr = chunk.at(-1) === CR;
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
      const raw = bytes.subarray(start, index);
      events.push({ raw, data: dataOf(raw) });
      start = index;
    }
    this.rest = bytes.subarray(start);
    this.searched = index - start;
    if (this.rest.length > EVENT_BYTES_MAX) throw new SseEventTooLarge();
    return events;
  }

  /** What stands after the last blank line when the stream ends: an event cut short, or nothing. */
  end(): SseEvent | null {
    if (this.rest.length === 0) return null;
    const event = { raw: this.rest, data: dataOf(this.rest) };
    this.rest = Buffer.alloc(0);
    this.searched = 0;
    return event;
  }
}

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
