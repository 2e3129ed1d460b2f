import { z } from 'zod';
import { auditEntry } from '../audit-entry';
import type { Call } from '../context';
import { lockKey } from './access';

export const revokeKeyInput = z.strictObject({ keyId: z.string() });

/** Ends a key for good, on every replica within seconds. Revoking it again changes nothing. */
export async function revokeKey({
  ctx,
  input,
}: Call<z.output<typeof revokeKeyInput>>): Promise<void> {
  await ctx.unitOfWork.transact(async (tx) => {
    const key = await lockKey(ctx, tx, input.keyId);
    if (key.status === 'revoked') return;
    await tx.keys.revoke(key.id);
    await tx.auditLog.append(
      auditEntry(ctx, {
        tenantId: key.tenantId,
        action: 'key.revoke',
        target: key.id,
        before: { status: key.status },
        after: { status: 'revoked' },
      }),
    );
  });
  await ctx.feed.keysChanged();
}
