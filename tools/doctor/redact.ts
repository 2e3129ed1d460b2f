import type { Settings } from './settings';

const HIDDEN = '(hidden)';
/** Shorter values are words that a sentence of ours may contain. */
const LENGTH_MIN = 6;
const NAMES_OF_SECRETS = /SECRET|TOKEN|KEY|PASSWORD/;

/**
 * Takes every secret of the settings out of a text, passwords within addresses included: a driver's
 * message may quote what it was given.
 */
export function createRedactor({ env }: Pick<Settings, 'env'>): (text: string) => string {
  const secrets = new Set<string>();
  for (const [name, value] of Object.entries(env)) {
    if (value === undefined) continue;
    if (NAMES_OF_SECRETS.test(name))
      for (const part of [value, ...value.split(',')]) secrets.add(part);
    if (name.endsWith('_URL')) for (const part of value.split(',')) secretsOf(part, secrets);
  }
  const longestFirst = [...secrets]
    .filter(({ length }) => length >= LENGTH_MIN)
    .sort((a, b) => b.length - a.length);
  return (text) => longestFirst.reduce((rest, secret) => rest.replaceAll(secret, HIDDEN), text);
}

function secretsOf(address: string, secrets: Set<string>): void {
  if (!URL.canParse(address)) return;
  const { password } = new URL(address);
  if (password === '') return;
  secrets.add(password).add(decoded(password));
}

function decoded(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    return text;
  }
}
