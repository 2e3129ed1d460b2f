import type { AccountLetter, Language, Letter, Post } from '../domain/ports/letters';
import { writeLetter } from './letters';

const HOUR_MS = 3_600_000;

/** No longer than what a letter says holds, and a day at most: its link may open an account. */
const KEPT_MS: Readonly<Record<AccountLetter['kind'], number>> = {
  confirm_email: 24 * HOUR_MS,
  account_exists: 24 * HOUR_MS,
  reset_password: HOUR_MS,
  password_changed: 24 * HOUR_MS,
  invitation: 24 * HOUR_MS,
};
const ALERT_KEPT_MS = 24 * HOUR_MS;

/** Letters by the outbox, encrypted there. What waits when the process ends leaves when one is back. */
export function createOutboxPost(seal: (plain: string) => Uint8Array): Post {
  const payloadOf = (to: string, language: Language, letter: Letter): Uint8Array =>
    seal(JSON.stringify({ to, ...writeLetter(language, letter) }));
  return {
    isOpen: true,
    async send(tx, to, language, letter) {
      await tx.outbox.add({
        tenantId: null,
        channel: 'email',
        event: `account.${letter.kind}`,
        recipient: null,
        payload: payloadOf(to, language, letter),
        expiresInMs: KEPT_MS[letter.kind],
      });
    },
    async tell(tx, tenantId, to, language, letter) {
      await tx.outbox.add({
        tenantId,
        channel: 'email',
        event: 'budget.threshold_reached',
        recipient: to,
        payload: payloadOf(to, language, letter),
        expiresInMs: ALERT_KEPT_MS,
      });
    },
  };
}

/** Where no mail server is set: nothing goes out, and the operator hands links over. */
export const closedPost: Post = {
  isOpen: false,
  send: async () => undefined,
  tell: async () => undefined,
};
