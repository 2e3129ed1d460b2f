import type { Role } from './sign-in';

export const LANGUAGES = ['en', 'zh-CN'] as const;
export type Language = (typeof LANGUAGES)[number];

/** What the portal writes to people. `url` leads to a page that asks before it acts. */
export type Letter =
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

export interface Post {
  /** False: no mail server is set, and the operator hands links out. */
  readonly isOpen: boolean;
  /**
   * Sends in its own time, tried again a few times; what fails in the end is logged. It returns at
   * once, so that how long an answer takes does not tell whether a letter went out.
   */
  send(to: string, language: Language, letter: Letter): void;
}
