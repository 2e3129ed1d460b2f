import { readAmount } from '@/components/ui/amount';
import type { MailChoice } from '@/server/domain/ports/budgets';

const PERCENT_MAX = 1_000;
const THRESHOLDS_MAX = 10;

/** The budget's form as it is typed. */
export interface BudgetValues {
  readonly amount: string;
  readonly thresholds: string;
  readonly mail: MailChoice;
  readonly mailTo: readonly string[];
}

export interface BudgetInput {
  amount: string;
  thresholds: number[];
  mail: MailChoice;
  mailTo: string[];
}

export interface BudgetFaults {
  readonly amount?: true;
  readonly thresholds?: true;
  readonly mailTo?: true;
}

/** What to ask the server for, or what is wrong where. */
export function readBudgetValues(
  values: BudgetValues,
): { readonly input: BudgetInput } | { readonly faults: BudgetFaults } {
  const amount = readAmount(values.amount);
  const thresholds = readThresholds(values.thresholds);
  const isNobodyChosen = values.mail === 'chosen' && values.mailTo.length === 0;
  if (amount === null || thresholds === null || isNobodyChosen) {
    return {
      faults: {
        ...(amount === null ? { amount: true } : {}),
        ...(thresholds === null ? { thresholds: true } : {}),
        ...(isNobodyChosen ? { mailTo: true } : {}),
      },
    };
  }
  return { input: { amount, thresholds, mail: values.mail, mailTo: [...values.mailTo] } };
}

/** "50, 80 %, 100" → [50, 80, 100]; null where it is no such list. */
function readThresholds(text: string): number[] | null {
  const parts = text.split(/[\s,，、;%]+/).filter((part) => part !== '');
  const list = [...new Set(parts.map((part) => (/^\d{1,4}$/.test(part) ? Number(part) : 0)))];
  const isFine = list.every((percent) => percent >= 1 && percent <= PERCENT_MAX);
  return isFine && list.length >= 1 && list.length <= THRESHOLDS_MAX
    ? list.toSorted((a, b) => a - b)
    : null;
}
