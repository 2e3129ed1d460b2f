import { Tiktoken } from 'js-tiktoken/lite';
import o200k from 'js-tiktoken/ranks/o200k_base';
import { loadVocabulary } from '@/server/upstream/tokens';
import { blockedMs } from './blocked-ms';
import { mixedText } from './mixed-text';

const MEGABYTE = 1_000_000;
const TEXTS_AT_ONCE = 10;

/** Tokens counted, and the event loop's longest standstill meanwhile where it was watched. */
interface Counted {
  readonly count: number;
  readonly tookMs: number;
  readonly blockedMs: number | null;
}

/** Counters of o200k_base, ours and js-tiktoken's; no text is counted twice. */
export interface Counting {
  /** As a request's texts are counted: at once. */
  ours(forMs: number): Counted;
  jsTiktoken(forMs: number): Counted;
  /** 1 MB of one character, as any long text is counted: in slices. */
  long(): Promise<Counted>;
}

/** Loads both vocabularies: a second or more. */
export async function openCounting(): Promise<Counting> {
  const counter = await loadVocabulary('o200k_base');
  const theirs = new Tiktoken(o200k);
  const ours = textsOf();
  const others = textsOf();
  return {
    ours: (forMs) => countFor(forMs, ours, (text) => counter.count(text)),
    jsTiktoken: (forMs) => countFor(forMs, others, (text) => theirs.encode(text, [], []).length),
    async long() {
      let count = 0;
      const before = performance.now();
      const longestMs = await blockedMs(async () => {
        count = await counter.countSliced('a'.repeat(MEGABYTE));
      });
      return { count, tookMs: performance.now() - before, blockedMs: longestMs };
    },
  };
}

/** The same texts for whoever asks, in the same order. */
function textsOf(): () => string {
  let seed = 0;
  return () => {
    seed += 1;
    return mixedText(seed);
  };
}

/** Only the counting is timed, not the making of the texts, and by the processor's clock. */
function countFor(forMs: number, nextText: () => string, count: (text: string) => number): Counted {
  let tokens = 0;
  let tookMs = 0;
  while (tookMs < forMs) {
    const texts = Array.from({ length: TEXTS_AT_ONCE }, nextText);
    const before = process.cpuUsage();
    for (const text of texts) tokens += count(text);
    const { user, system } = process.cpuUsage(before);
    tookMs += (user + system) / 1_000;
  }
  return { count: tokens, tookMs, blockedMs: null };
}
