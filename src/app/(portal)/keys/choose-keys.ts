import type { KeyView } from '@/server/services/portal/list-keys';

export const STATUS_CHOICES = [
  'current',
  'active',
  'disabled',
  'expired',
  'revoked',
  'all',
] as const;
export type StatusChoice = (typeof STATUS_CHOICES)[number];

export type SortColumn = 'name' | 'createdAt' | 'lastUsedAt';

export interface KeyChoice {
  readonly text: string;
  readonly status: StatusChoice;
  readonly sort: { readonly by: SortColumn; readonly isDescending: boolean };
}

export const ALL_CURRENT: KeyChoice = {
  text: '',
  status: 'current',
  sort: { by: 'createdAt', isDescending: true },
};

/** The keys that were asked for, in the order that was asked for; never used comes before all. */
export function chooseKeys(keys: readonly KeyView[], choice: KeyChoice): readonly KeyView[] {
  const text = choice.text.trim().toLowerCase();
  const { by, isDescending } = choice.sort;
  return keys
    .filter((key) => isOfStatus(key, choice.status) && hasText(key, text))
    .toSorted((a, b) => {
      const order = (a[by] ?? '').localeCompare(b[by] ?? '');
      return isDescending ? -order : order;
    });
}

function isOfStatus({ status }: KeyView, choice: StatusChoice): boolean {
  if (choice === 'all') return true;
  return choice === 'current' ? status !== 'revoked' : status === choice;
}

const hasText = ({ name, prefix, previous }: KeyView, text: string): boolean =>
  [name, prefix, previous?.prefix ?? ''].some((value) => value.toLowerCase().includes(text));
