import { z } from 'zod';
import { auditEntry } from '../audit-entry';
import type { Call } from '../context';
import { lockLivingKey } from './access';

export const setKeyStatusInput = z.strictObject({
  keyId: z.string(),
  status: z.enum(['active', 'disabled']),
});

/**
 * Disables a key or enables it again, on every replica within seconds; open streams of a disabled
 * key are cut. Throws `conflict` for a revoked one.
 */
export async function setKeyStatus({
  ctx,
  input,
}: Call<z.output<typeof setKeyStatusInput>>): Promise<void> {
  await ctx.unitOfWork.transact(async (tx) => {
    const key = await lockLivingKey(ctx, tx, input.keyId);
    if (key.status === input.status) return;
    await tx.keys.update(key.id, { status: input.status });
    await tx.auditLog.append(
      auditEntry(ctx, {
        tenantId: key.tenantId,
        action: input.status === 'active' ? 'key.enable' : 'key.disable',
        target: key.id,
        before: { status: key.status },
        after: { status: input.status },
      }),
    );
  });
  await ctx.feed.keysChanged();
}
