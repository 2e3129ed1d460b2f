import { setImmediate as nextTurn } from 'node:timers/promises';
import { RankTable } from './rank-table';
import type { Vocabulary } from './vocabulary';

interface RankSource {
  readonly pat_str: string;
  readonly bpe_ranks: string;
}

const TOKENS_PER_TURN = 8_000;

/** Imports a vocabulary's ranks and builds its table, a few milliseconds at a time. */
export async function loadRanks(vocabulary: Vocabulary): Promise<RankTable> {
  const text = (await importRanks(vocabulary)).bpe_ranks;
  const from = startOfTokens(text);
  await nextTurn();
  const { tokens, characters } = measure(text, from);
  const table = new RankTable(tokens, Math.ceil((characters * 3) / 4));
  await nextTurn();
  await fill(table, text, from);
  return table;
}

async function importRanks(vocabulary: Vocabulary): Promise<RankSource> {
  switch (vocabulary) {
    case 'o200k_base':
      return (await import('js-tiktoken/ranks/o200k_base')).default;
    case 'cl100k_base':
      return (await import('js-tiktoken/ranks/cl100k_base')).default;
  }
}

/** The text is `! <first rank> <token> <token> …`: ranks run on from the first, which is 0. */
function startOfTokens(text: string): number {
  if (!text.startsWith('! 0 ') || text.includes('\n')) {
    throw new Error('js-tiktoken: the layout of its ranks has changed');
  }
  return 4;
}

function measure(text: string, from: number): { tokens: number; characters: number } {
  let tokens = 1;
  for (let i = text.indexOf(' ', from); i !== -1; i = text.indexOf(' ', i + 1)) tokens += 1;
  return { tokens, characters: text.length - from };
}

async function fill(table: RankTable, text: string, from: number): Promise<void> {
  const token = new Uint8Array(256);
  let start = from;
  for (let rank = 0; rank < table.size; rank += 1) {
    const space = text.indexOf(' ', start);
    const end = space === -1 ? text.length : space;
    table.add(token, decodeBase64(text, start, end, token));
    start = end + 1;
    if (rank % TOKENS_PER_TURN === TOKENS_PER_TURN - 1) await nextTurn();
  }
}

const SEXTETS = new Uint8Array(128);
[...'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/'].forEach((letter, value) => {
  SEXTETS[letter.charCodeAt(0)] = value;
});

/** Decodes `text[start, end)` into `target`; returns the number of bytes. */
function decodeBase64(text: string, start: number, end: number, target: Uint8Array): number {
  let bits = 0;
  let held = 0;
  let length = 0;
  for (let i = start; i < end; i += 1) {
    const code = text.charCodeAt(i);
    if (code === 61) break;
    bits = ((bits << 6) | (SEXTETS[code] ?? 0)) & 0xffff;
    held += 6;
    if (held < 8) continue;
    held -= 8;
    target[length] = (bits >>> held) & 0xff;
    length += 1;
  }
  return length;
}
