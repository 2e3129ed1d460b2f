import { z } from 'zod';
import { TallygateError } from '../../domain/errors';
import { newTenantId, trustedTraceId } from '../../domain/ids';
import type { AccountRecord } from '../../domain/ports/accounts';
import type { Repositories } from '../../domain/ports/repositories';
import type { QuotaRow } from '../../domain/quota';
import { auditEntry } from '../audit-entry';
import type { Call, ServiceContext } from '../context';
import { bookCredit } from '../credits/book';
import { anyPassword, linkToken } from './fields';
import { takeAttempt } from './limits';
import { takeLink } from './link';

export const confirmEmailInput = z.strictObject({ token: linkToken, password: anyPassword });

/**
 * Confirms the address that a link was sent to, for whoever knows the password as well: it may have
 * been set by somebody else, who signed up with this address. Throws `not_found` for a dead link, and
 * `invalid_field` for another password, which leaves the link as it is.
 */
export async function confirmEmail({
  ctx,
  input,
}: Call<z.output<typeof confirmEmailInput>>): Promise<{ readonly email: string }> {
  await takeAttempt(ctx, 'link', '');
  const { account, quota } = await ctx.unitOfWork.transact(async (tx) => {
    const account = await tx.accounts.lock(await takeLink(tx, 'confirm_email', input.token));
    if (account === null) throw new TallygateError('not_found', 'This account is gone.');
    if (!(await ctx.identity.passwords.verify(account.passwordHash, input.password))) {
      throw new TallygateError('invalid_field', 'This is not the password that was chosen last.', {
        param: 'password',
      });
    }
    if (account.isVerified) return { account, quota: null };
    await tx.accounts.update(account.id, { isVerified: true });
    return { account, quota: await openTenant(ctx, tx, account) };
  });
  if (quota !== null) await ctx.feed.quotaChanged(quota, []);
  return { email: account.email };
}

/**
 * A tenant of the account's own, with the trial credit as a row of the ledger; null, and none made, where the operator
 * lets nobody sign up.
 */
export async function openTenant(
  ctx: ServiceContext,
  tx: Repositories,
  account: Pick<AccountRecord, 'id' | 'name'>,
): Promise<QuotaRow | null> {
  if (ctx.identity.signUp !== 'open') return null;
  const tenantId = newTenantId();
  await tx.tenants.create({ id: tenantId, name: account.name });
  await tx.members.add(tenantId, account.id, 'owner');
  const amountNano = ctx.identity.trialCreditNano;
  const credit =
    amountNano === 0n
      ? null
      : await bookCredit(tx, {
          tenantId,
          traceId: trustedTraceId(`trial-credit:${tenantId}`),
          kind: 'topup',
          amountNano,
          note: 'Trial credit',
          refundOf: null,
        });
  const after = { name: account.name, owner: account.id, trialCredit: String(amountNano) };
  await tx.auditLog.append(
    auditEntry(ctx, { tenantId, action: 'tenant.sign_up', target: tenantId, after }),
  );
  return credit?.quota ?? null;
}
