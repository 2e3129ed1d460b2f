import o200kBase from 'js-tiktoken/ranks/o200k_base';
import { mergeBytePairs, type Ranks } from './byte-pairs';

/** The smallest run of whole characters that is also a run of whole tokens (nearly always one). */
export interface TokenPiece {
  readonly text: string;
  readonly tokens: number;
}

const CACHED_PIECES_MAX = 50_000;
const CACHED_PIECE_CHARS_MAX = 64;

/**
 * o200k_base on js-tiktoken's own ranks and pattern; special tokens count as ordinary text.
 * Not js-tiktoken's encoder: that takes five times as long to load and is quadratic on long pieces.
 */
class Tokeniser {
  readonly #ranks: Ranks = readRanks(o200kBase.bpe_ranks);
  readonly #pattern = new RegExp(o200kBase.pat_str, 'gu');
  readonly #cache = new Map<string, readonly TokenPiece[]>();

  /** Token by token; the pieces joined are the text. */
  split(text: string): TokenPiece[] {
    const pieces: TokenPiece[] = [];
    for (const [part] of text.matchAll(this.#pattern)) {
      for (const piece of this.#splitPart(part)) pieces.push(piece);
    }
    return pieces;
  }

  /** How many tokens js-tiktoken would make of the text. */
  count(text: string): number {
    let tokens = 0;
    for (const [part] of text.matchAll(this.#pattern)) tokens += tokensOf(this.#splitPart(part));
    return tokens;
  }

  #splitPart(part: string): readonly TokenPiece[] {
    const known = this.#cache.get(part);
    if (known !== undefined) return known;
    const bytes = Buffer.from(part, 'utf8');
    const lengths = mergeBytePairs(bytes.toString('latin1'), this.#ranks);
    const pieces = wholeCharacters(bytes, lengths);
    if (part.length <= CACHED_PIECE_CHARS_MAX) {
      if (this.#cache.size >= CACHED_PIECES_MAX) this.#cache.clear();
      this.#cache.set(part, pieces);
    }
    return pieces;
  }
}

/** js-tiktoken's format: lines of "! <first rank> <base64 token> <base64 token> …". */
function readRanks(source: string): Ranks {
  const ranks = new Map<string, number>();
  for (const line of source.split('\n')) {
    const [, first, ...tokens] = line.split(' ');
    let rank = Number(first);
    for (const token of tokens) {
      ranks.set(Buffer.from(token, 'base64').toString('latin1'), rank);
      rank += 1;
    }
  }
  return ranks;
}

/** Joins tokens that share a character (rare characters are several tokens). */
function wholeCharacters(bytes: Buffer, lengths: readonly number[]): TokenPiece[] {
  const pieces: TokenPiece[] = [];
  let start = 0;
  let end = 0;
  let tokens = 0;
  for (const length of lengths) {
    end += length;
    tokens += 1;
    const next = bytes[end];
    const insideCharacter = next !== undefined && (next & 0xc0) === 0x80;
    if (insideCharacter) continue;
    pieces.push({ text: bytes.toString('utf8', start, end), tokens });
    start = end;
    tokens = 0;
  }
  return pieces;
}

let loaded: Tokeniser | undefined;

/** The one tokeniser of the process; loading takes about 0.3 s and happens at the first call. */
export function tokeniser(): Tokeniser {
  loaded ??= new Tokeniser();
  return loaded;
}

export function tokensOf(pieces: readonly TokenPiece[]): number {
  let tokens = 0;
  for (const piece of pieces) tokens += piece.tokens;
  return tokens;
}

export function textOf(pieces: readonly TokenPiece[]): string {
  return pieces.map((piece) => piece.text).join('');
}

/** The longest beginning of at most so many tokens that ends on a whole character. */
export function takeTokens(pieces: readonly TokenPiece[], limit: number): TokenPiece[] {
  const taken: TokenPiece[] = [];
  let tokens = 0;
  for (const piece of pieces) {
    tokens += piece.tokens;
    if (tokens > limit) break;
    taken.push(piece);
  }
  return taken;
}
