import { networkOf } from '../../domain/addresses';
import { TallygateError } from '../../domain/errors';
import type { AttemptBudget } from '../../domain/ports/sign-in';
import type { ServiceContext } from '../context';

const HOUR_MS = 3_600_000;
const QUARTER_MS = 900_000;

/** What may be asked for, by whom it is about and by where it comes from. */
const BUDGETS = {
  sign_up: {
    account: { attempts: 5, windowMs: HOUR_MS },
    address: { attempts: 20, windowMs: HOUR_MS },
  },
  reset: {
    account: { attempts: 3, windowMs: HOUR_MS },
    address: { attempts: 20, windowMs: HOUR_MS },
  },
  link: { account: null, address: { attempts: 50, windowMs: QUARTER_MS } },
  password: { account: { attempts: 10, windowMs: QUARTER_MS }, address: null },
  webhook: { account: { attempts: 20, windowMs: QUARTER_MS }, address: null },
  invite: { account: { attempts: 50, windowMs: HOUR_MS }, address: null },
} as const satisfies Record<
  string,
  { readonly account: AttemptBudget | null; readonly address: AttemptBudget | null }
>;

/**
 * Takes one attempt for the account (an e-mail or an id, known or not) and the address. Throws
 * `rate_limit_exceeded`, which tells nothing of whether the account exists.
 */
export async function takeAttempt(
  ctx: ServiceContext,
  what: keyof typeof BUDGETS,
  account: string,
): Promise<void> {
  const budgets = BUDGETS[what];
  const { attempts } = ctx.identity;
  const network = ctx.address === null ? 'unknown' : networkOf(ctx.address);
  const isOpen =
    (budgets.address === null ||
      (await attempts.take(`${what}:address:${network}`, budgets.address))) &&
    (budgets.account === null ||
      (await attempts.take(`${what}:account:${account}`, budgets.account)));
  if (isOpen) return;
  throw new TallygateError('rate_limit_exceeded', 'Too many attempts. Try again later.');
}
