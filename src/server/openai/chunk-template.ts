import { deltaText, type TextPiece } from './answer-text';
import { readObject } from './read-object';
import { type EventFrame, SseParser } from './sse';

/** UTF-8 bytes, each a character. */
const charsOf = (text: string): string => Buffer.from(text).toString('latin1');

/** A text that no honest chunk has, to see where a text stands in one. */
const PROBE = 'tallygate\u2060probe';
const PROBE_CHARS = charsOf(PROBE);
/** What a JSON string may not hold as it stands: quotes, escapes, control characters. */
// biome-ignore lint/suspicious/noControlCharactersInRegex: JSON forbids them in a string
const NOT_PLAIN = /["\\\u0000-\u001f]/;
/** Line ends that are half of the event before, or may be half of one that is yet to come. */
const OPEN_ENDED = /^[\r\n]|\r$/;
/** A stream whose chunks never resemble each other is not looked at for ever. */
const ATTEMPTS_MAX = 8;

/**
 * Upstreams send events that differ in their text alone. Once one is read as JSON, others of the
 * same shape are known by the bytes before and after their text.
 */
export class ChunkTemplate {
  /** What stands around the text in the event learnt; null: none is. */
  frame: EventFrame | null = null;
  /** The running text that it adds to. */
  track = '';
  private attempts = 0;

  /** Learns from an event that was read and said nothing beside its texts, where that is one text. */
  learn(raw: Uint8Array, [piece, ...more]: readonly TextPiece[]): void {
    if (this.attempts >= ATTEMPTS_MAX) return;
    if (piece === undefined || more.length > 0 || NOT_PLAIN.test(piece.text)) return;
    this.attempts += 1;
    const chars = Buffer.from(raw).toString('latin1');
    const text = charsOf(piece.text);
    const at = chars.indexOf(`"${text}"`);
    if (at < 0 || chars.includes(`"${text}"`, at + 1) || OPEN_ENDED.test(chars)) return;
    const before = chars.slice(0, at + 1);
    const after = chars.slice(at + 1 + text.length);
    if (before.includes(PROBE_CHARS) || after.includes(PROBE_CHARS)) return;
    if (!isItsText(Buffer.from(before + PROBE_CHARS + after, 'latin1'), piece.track)) return;
    this.frame = { before, after };
    this.track = piece.track;
  }
}

/** Whether what was put there is read as the text of that track, and as nothing else. */
function isItsText(raw: Uint8Array, track: string): boolean {
  const parser = new SseParser();
  parser.feed(raw);
  const event = parser.next();
  if (event === null || event.raw.length !== raw.length || event.data === null) return false;
  const chunk = readObject(event.data);
  if (chunk === null) return false;
  const [piece, ...more] = deltaText(chunk);
  return more.length === 0 && piece?.track === track && piece.text === PROBE;
}
