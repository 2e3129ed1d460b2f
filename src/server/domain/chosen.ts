/** Which rows of a short list are meant: the same for the page that shows them and for their CSV. */

export const KEY_STATUS_CHOICES = [
  'current',
  'active',
  'disabled',
  'expired',
  'revoked',
  'all',
] as const;
export type KeyStatusChoice = (typeof KEY_STATUS_CHOICES)[number];

interface ChoosableKey {
  readonly name: string;
  readonly prefix: string;
  readonly status: string;
  readonly previous: { readonly prefix: string } | null;
}

/** A key by a piece of its name or beginning, and by its status; `current` are all but revoked ones. */
export function isChosenKey(
  { name, prefix, previous, status }: ChoosableKey,
  wanted: { readonly text: string; readonly status: KeyStatusChoice },
): boolean {
  const isOfStatus =
    wanted.status === 'all' ||
    (wanted.status === 'current' ? status !== 'revoked' : status === wanted.status);
  const text = wanted.text.trim().toLowerCase();
  return (
    isOfStatus &&
    [name, prefix, previous?.prefix ?? ''].some((value) => value.toLowerCase().includes(text))
  );
}

/** Whether all these words are somewhere in the name, whatever their case. */
export const hasWords = (name: string, text: string): boolean =>
  text
    .toLowerCase()
    .split(/\s+/)
    .every((word) => name.toLowerCase().includes(word));
