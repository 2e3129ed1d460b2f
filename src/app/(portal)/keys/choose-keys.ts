import { isChosenKey, type KeyStatusChoice } from '@/server/domain/chosen';
import type { KeyView } from '@/server/services/portal/list-keys';

export type SortColumn = 'name' | 'createdAt' | 'lastUsedAt';

export interface KeyChoice {
  readonly text: string;
  readonly status: KeyStatusChoice;
  readonly sort: { readonly by: SortColumn; readonly isDescending: boolean };
}

export const ALL_CURRENT: KeyChoice = {
  text: '',
  status: 'current',
  sort: { by: 'createdAt', isDescending: true },
};

/** The keys that were asked for, in the order that was asked for; never used comes before all. */
export function chooseKeys(keys: readonly KeyView[], choice: KeyChoice): readonly KeyView[] {
  const { by, isDescending } = choice.sort;
  return keys
    .filter((key) => isChosenKey(key, choice))
    .toSorted((a, b) => {
      const order = (a[by] ?? '').localeCompare(b[by] ?? '');
      return isDescending ? -order : order;
    });
}
