'use client';

import { SlidersHorizontal } from 'lucide-react';
import {
  COLUMNS_SHOWN,
  OPTIONAL_COLUMNS,
  type OptionalColumn,
} from '@/components/data/transaction-table';
import { useT } from '@/components/i18n/provider';
import { Button } from '@/components/ui/button';
import { Menu, MenuCheck } from '@/components/ui/menu';

const NONE = 'none';

/** The columns that an address names, '' the usual ones. */
export function columnsOf(text: string): readonly OptionalColumn[] {
  if (text === '') return COLUMNS_SHOWN;
  const named = text.split(',');
  return OPTIONAL_COLUMNS.filter((column) => named.includes(column));
}

function textOf(columns: readonly OptionalColumn[]): string {
  if (columns.length === 0) return NONE;
  return String(columns) === String(COLUMNS_SHOWN) ? '' : columns.join(',');
}

/** Which columns are shown, as the address holds it. */
export function ColumnMenu(props: {
  shown: readonly OptionalColumn[];
  onChange: (columns: string) => void;
}) {
  const t = useT();
  const { shown, onChange } = props;
  return (
    <Menu
      trigger={
        <Button className="max-md:hidden">
          <SlidersHorizontal className="size-4" aria-hidden="true" />
          {t('transactions.columns')}
        </Button>
      }
    >
      {OPTIONAL_COLUMNS.map((column) => (
        <MenuCheck
          key={column}
          isChecked={shown.includes(column)}
          onChange={(isChecked) =>
            onChange(
              textOf(
                OPTIONAL_COLUMNS.filter((one) =>
                  one === column ? isChecked : shown.includes(one),
                ),
              ),
            )
          }
        >
          {t(`transactions.${column}`)}
        </MenuCheck>
      ))}
    </Menu>
  );
}
