import { chineseSlots, chineseTemplates } from './phrases-chinese';
import { codeSlots, codeTemplates } from './phrases-code';
import { englishOpenings, englishSlots, englishTemplates } from './phrases-english';
import { Random } from './random';
import { type TokenPiece, takeTokens, tokeniser, tokensOf } from './tokens';

export type Language = 'en' | 'zh' | 'code';

interface Style {
  readonly slots: Readonly<Record<string, readonly string[]>>;
  readonly templates: readonly string[];
  readonly joint: string;
}

const styles: Readonly<Record<Language, Style>> = {
  en: { slots: englishSlots, templates: englishTemplates, joint: ' ' },
  zh: { slots: chineseSlots, templates: chineseTemplates, joint: '' },
  code: { slots: codeSlots, templates: codeTemplates, joint: '' },
};

const PARAGRAPH_SENTENCES = 5;
/** One token after anything, should a cut fall inside a character. */
const FILLER = ' a';

export interface ProseRequest {
  readonly seed: number;
  readonly language: Language;
  /** A word of the question to open with; English only. */
  readonly topic?: string | undefined;
}

/** Whole sentences of at least so many tokens: an answer that ended by itself. */
export function proseOfAtLeast(request: ProseRequest, tokensMin: number): TokenPiece[] {
  const sentences = sentencesOf(request);
  let text = '';
  let estimate = 0;
  for (;;) {
    while (estimate < tokensMin) {
      const sentence = sentences.next().value;
      text += sentence;
      estimate += tokeniser().count(sentence);
    }
    const pieces = tokeniser().split(text);
    // Where sentences meet, two tokens may have become one.
    const missing = tokensMin - tokensOf(pieces);
    if (missing <= 0) return pieces;
    estimate = tokensMin - missing;
  }
}

/** Exactly so many tokens, cut wherever that is. */
export function proseOfExactly(request: ProseRequest, tokens: number): TokenPiece[] {
  const pieces = takeTokens(proseOfAtLeast(request, tokens), tokens);
  while (tokensOf(pieces) < tokens) pieces.push({ text: FILLER, tokens: 1 });
  return pieces;
}

function* sentencesOf({ seed, language, topic }: ProseRequest): Generator<string, never> {
  const random = new Random(seed);
  const { slots, templates, joint } = styles[language];
  if (language === 'en' && topic !== undefined) {
    yield capitalised(random.pick(englishOpenings).replace('{topic}', topic));
  } else if (language !== 'code') yield capitalised(fill(random.pick(templates), slots, random));
  for (let sentence = 1; ; sentence += 1) {
    const text = fill(random.pick(templates), slots, random);
    if (language === 'code') yield text;
    else {
      const between = sentence % PARAGRAPH_SENTENCES === 0 ? '\n\n' : joint;
      yield between + capitalised(text);
    }
  }
}

function fill(template: string, slots: Style['slots'], random: Random): string {
  const chosen = new Map<string, string>();
  return template.replace(/\{([a-z]+)\}/g, (whole, name: string) => {
    const choices = slots[name];
    if (choices === undefined) return whole;
    const value = chosen.get(name) ?? random.pick(choices);
    chosen.set(name, value);
    return value;
  });
}

function capitalised(text: string): string {
  return text.charAt(0).toUpperCase() + text.slice(1);
}
