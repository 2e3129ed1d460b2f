import type { TenantId } from '../ids';
import type { Nano } from '../money';
import type { OutboxRepository } from './outbox';
import type { Role } from './sign-in';

export const LANGUAGES = ['en', 'zh-CN'] as const;
export type Language = (typeof LANGUAGES)[number];

/** What the portal writes to an account. `url` leads to a page that asks before it acts. */
export type AccountLetter =
  | { readonly kind: 'confirm_email'; readonly url: string }
  /** Instead of the above, when the address has an account: the sender learns nothing. */
  | { readonly kind: 'account_exists'; readonly url: string }
  | { readonly kind: 'reset_password'; readonly url: string }
  | { readonly kind: 'password_changed' }
  | {
      readonly kind: 'invitation';
      readonly url: string;
      readonly tenantName: string;
      readonly invitedBy: string | null;
      readonly role: Role;
    };

/** What it writes to a tenant's people about their budget. */
export interface BudgetLetter {
  readonly kind: 'budget_reached';
  readonly url: string;
  readonly tenantName: string;
  readonly threshold: number;
  readonly spentNano: Nano;
  readonly amountNano: Nano;
  /** `YYYY-MM`. */
  readonly month: string;
}

export type Letter = AccountLetter | BudgetLetter;

/** What a letter needs of the transaction that causes it. */
export interface PostTransaction {
  readonly outbox: OutboxRepository;
}

export interface Post {
  /** False: no mail server is set, and the operator hands links out. */
  readonly isOpen: boolean;
  /**
   * Puts an account's letter into the outbox, in the transaction of what causes it; does nothing where no mail is
   * sent. How long an answer takes does not tell whether the letter has left.
   */
  send(tx: PostTransaction, to: string, language: Language, letter: AccountLetter): Promise<void>;
  /** The same for a tenant's, which its delivery log shows. */
  tell(
    tx: PostTransaction,
    tenantId: TenantId,
    to: string,
    language: Language,
    letter: BudgetLetter,
  ): Promise<void>;
}
