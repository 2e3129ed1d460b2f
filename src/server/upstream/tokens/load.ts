import { characterClasses } from './character-classes';
import { BytePairCounter, type TokenCounter } from './counter';
import { loadRanks } from './load-ranks';
import { Merges } from './merges';
import { PieceCounter } from './piece-counter';
import type { Vocabulary } from './vocabulary';

const loading = new Map<Vocabulary, Promise<TokenCounter>>();
/** One after the other: slices of two loads would run in the same turn of the event loop. */
let lastLoad: Promise<unknown> = Promise.resolve();

/**
 * The counter of a vocabulary: loaded when first asked for, once per process, in slices that keep
 * the event loop free. A failed load is tried again by the next caller.
 */
export function loadVocabulary(vocabulary: Vocabulary): Promise<TokenCounter> {
  const known = loading.get(vocabulary);
  if (known !== undefined) return known;
  const counter = lastLoad.then(() => load(vocabulary));
  loading.set(vocabulary, counter);
  lastLoad = counter.catch(() => loading.delete(vocabulary));
  return counter;
}

async function load(vocabulary: Vocabulary): Promise<TokenCounter> {
  const classes = await characterClasses();
  const merges = new Merges(await loadRanks(vocabulary));
  return new BytePairCounter(new PieceCounter(vocabulary, classes, merges));
}
