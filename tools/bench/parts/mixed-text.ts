import { Random } from '../../simulator/random';

const WORDS = 120;
const SYLLABLES =
  'ba be bri ca cho da del dri en er fa for ga gen hi il in ka lo ma mer mi na no or pa pro qua ra re sa shi st ta ter tion u ven wa yo'.split(
    ' ',
  );
const ENDINGS = ['. ', ', ', ' ', ' ', ' ', '; ', '\n', ': ', ' (', ') '];
const FIRST_CHINESE = 0x4e00;
const CHINESE_COUNT = 3_000;
const FIRST_CYRILLIC = 0x0430;
const FIRST_EMOJI = 0x1f600;

/**
 * About a page: made-up Latin words, Chinese, Cyrillic, code and numbers, emoji. Another one for each
 * seed, in words that hardly ever come again, so that remembering words helps little.
 */
export function mixedText(seed: number): string {
  const random = new Random(seed);
  let text = '';
  for (let word = 0; word < WORDS; word += 1) text += wordOf(random) + random.pick(ENDINGS);
  return text;
}

function wordOf(random: Random): string {
  const latin = () =>
    Array.from({ length: random.between(1, 4) }, () => random.pick(SYLLABLES)).join('');
  const from = (first: number, count: number, length: number) =>
    String.fromCodePoint(...Array.from({ length }, () => first + random.between(0, count - 1)));
  const kind = random.next();
  if (kind < 0.5) return latin();
  if (kind < 0.6) return latin().replace(/^./, (letter) => letter.toUpperCase());
  if (kind < 0.75) return from(FIRST_CHINESE, CHINESE_COUNT, random.between(2, 12));
  if (kind < 0.82) return from(FIRST_CYRILLIC, 32, random.between(3, 9));
  if (kind < 0.9) return `${latin()}_${latin()}[${random.between(0, 999)}] = ${latin()}();`;
  if (kind < 0.98) return String(random.between(0, 99_999_999));
  return from(FIRST_EMOJI, 60, 1);
}
