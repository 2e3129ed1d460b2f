import { Command } from 'ioredis';

/** `$12` before a word of twelve bytes, as the protocol wants it. */
const LENGTHS = Array.from({ length: 256 }, (_, bytes) => `$${bytes}`);

const lengthOf = (bytes: number): string => LENGTHS[bytes] ?? `$${bytes}`;

function encode(words: readonly string[], bytesOf: (word: string) => number): string {
  const lines = [`*${words.length + 1}`, '$7', 'evalsha'];
  for (const word of words) lines.push(lengthOf(bytesOf(word)), word);
  lines.push('');
  return lines.join('\r\n');
}

const charactersOf = (word: string): number => word.length;

/** Nearly every word of ours is ASCII; counting each one's bytes would cost more than all the rest. */
function encodeCall(words: readonly string[]): string {
  const text = encode(words, charactersOf);
  return Buffer.byteLength(text) === text.length ? text : encode(words, Buffer.byteLength);
}

/** An EVALSHA, encoded in one go: the client would look at each argument three times. */
export class ScriptCall extends Command {
  private readonly text: string;

  /** `words`: the SHA, the number of keys, the keys, the arguments. */
  constructor(words: string[]) {
    super('evalsha', [], { replyEncoding: 'utf8' });
    // The cluster's client looks for the keys here.
    this.args = words;
    this.text = encodeCall(words);
  }

  override toWritable(): string {
    return this.text;
  }
}
