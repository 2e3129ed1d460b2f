import { deltaText, type TextPiece } from './answer-text';
import { readObject } from './read-object';

/** A text that no honest chunk has, to see where a text stands in one. */
const PROBE = 'tallygate\u2060probe';
/** What a JSON string may not hold as it stands: quotes, escapes, control characters. */
// biome-ignore lint/suspicious/noControlCharactersInRegex: JSON forbids them in a string
const NOT_PLAIN = /["\\\u0000-\u001f]/;
/** A stream whose chunks never resemble each other is not looked at for ever. */
const ATTEMPTS_MAX = 8;

interface Template {
  readonly track: string;
  readonly before: string;
  readonly after: string;
}

/**
 * Upstreams send chunks that differ in their text alone. Once one is read as JSON, another of the
 * same shape is read by comparing what stands before and after its text.
 */
export class ChunkTemplate {
  private template: Template | null = null;
  private attempts = 0;

  /** The running text that the last chunk added to. */
  get track(): string {
    return this.template?.track ?? '';
  }

  /** The text of a chunk like the one learnt; null: it is another, or has to be read as JSON. */
  textOf(data: string): string | null {
    const { template } = this;
    if (template === null) return null;
    const { before, after } = template;
    if (data.length < before.length + after.length) return null;
    if (!data.startsWith(before) || !data.endsWith(after)) return null;
    const text = data.slice(before.length, data.length - after.length);
    return NOT_PLAIN.test(text) ? null : text;
  }

  /** Learns from a chunk that was read and said nothing beside its texts, where that is one text. */
  learn(data: string, [piece, ...more]: readonly TextPiece[]): void {
    if (this.attempts >= ATTEMPTS_MAX) return;
    if (piece === undefined || more.length > 0 || NOT_PLAIN.test(piece.text)) return;
    this.attempts += 1;
    const quoted = `"${piece.text}"`;
    const at = data.indexOf(quoted);
    if (at < 0 || data.indexOf(quoted, at + 1) >= 0) return;
    const before = data.slice(0, at + 1);
    const after = data.slice(at + 1 + piece.text.length);
    if (before.includes(PROBE) || after.includes(PROBE)) return;
    if (isItsText(`${before}${PROBE}${after}`, piece.track)) {
      this.template = { track: piece.track, before, after };
    }
  }
}

/** Whether what was put there is read as the text of that track, and as nothing else. */
function isItsText(data: string, track: string): boolean {
  const chunk = readObject(data);
  if (chunk === null) return false;
  const [piece, ...more] = deltaText(chunk);
  return more.length === 0 && piece?.track === track && piece.text === PROBE;
}
