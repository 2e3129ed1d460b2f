/** The byte-pair vocabularies that we can count with. */
export type Vocabulary = 'o200k_base' | 'cl100k_base';

export interface VocabularyChoice {
  readonly vocabulary: Vocabulary;
  /** False: a guess, because nobody says which vocabulary this model really uses. */
  readonly known: boolean;
  /**
   * Whether messages are laid out as OpenAI bills them. Elsewhere a template adds words of its own:
   * around each message, before all of them, before the tools.
   */
  readonly isOpenAiFormat: boolean;
}

/** OpenAI's open models: whoever serves them bills the system message that their template writes. */
const HARMONY = 'o200k_harmony';

const byTokenizerName: ReadonlyMap<string, Vocabulary> = new Map([
  ['o200k_base', 'o200k_base'],
  [HARMONY, 'o200k_base'],
  ['cl100k_base', 'cl100k_base'],
]);

/** Longest prefix first, so that `gpt-4o` is not read as `gpt-4`. */
const byModelPrefix: readonly (readonly [prefix: string, vocabulary: Vocabulary])[] = [
  ['chatgpt-4o', 'o200k_base'],
  ['gpt-4o', 'o200k_base'],
  ['gpt-4.1', 'o200k_base'],
  ['gpt-4.5', 'o200k_base'],
  ['gpt-5', 'o200k_base'],
  ['gpt-oss', 'o200k_base'],
  ['o1', 'o200k_base'],
  ['o3', 'o200k_base'],
  ['o4', 'o200k_base'],
  ['sim-', 'o200k_base'],
  ['gpt-4', 'cl100k_base'],
  ['gpt-3.5', 'cl100k_base'],
  ['gpt-35', 'cl100k_base'],
  ['text-embedding-', 'cl100k_base'],
];

/**
 * The vocabulary of a model. An explicit tokenizer name from the catalogue wins over the model's
 * name; what neither settles is counted with o200k_base and `known: false`.
 */
export function vocabularyFor(tokenizer: string | null, model: string): VocabularyChoice {
  const name = bareModelName(model);
  const isOwnTemplate = tokenizer?.toLowerCase() === HARMONY || startsWithWord(name, 'gpt-oss');
  const vocabulary =
    tokenizer !== null && tokenizer !== ''
      ? byTokenizerName.get(tokenizer.toLowerCase())
      : byModelPrefix.find(([prefix]) => startsWithWord(name, prefix))?.[1];
  if (vocabulary === undefined) {
    return { vocabulary: 'o200k_base', known: false, isOpenAiFormat: false };
  }
  return { vocabulary, known: true, isOpenAiFormat: !isOwnTemplate };
}

/** `openai/gpt-4o` and `ft:gpt-4o:org::id` are gpt-4o. */
function bareModelName(model: string): string {
  const lower = model.toLowerCase();
  const name = lower.slice(lower.lastIndexOf('/') + 1);
  return name.startsWith('ft:') ? name.slice(3) : name;
}

/** The prefix must end where a word ends: `o1-mini` is o1, `o1abc` and `gpt-45` are strangers. */
function startsWithWord(name: string, prefix: string): boolean {
  if (!name.startsWith(prefix)) return false;
  const next = name.slice(prefix.length, prefix.length + 1);
  return prefix.endsWith('-') || next === '' || '-:.@_'.includes(next);
}
