import { z } from 'zod';
import { parseApiKeyId } from '../../domain/ids';
import { auditEntry } from '../audit-entry';
import type { Call } from '../context';
import { notFound, requireTenant } from '../permission';

export const revokeKeyInput = z.strictObject({ keyId: z.string() });

/** Ends a key for good, on every replica within seconds. Revoking it again changes nothing. */
export async function revokeKey({
  ctx,
  input,
}: Call<z.output<typeof revokeKeyInput>>): Promise<void> {
  const keyId = parseApiKeyId(input.keyId);
  if (keyId === null) throw notFound('key');
  await ctx.unitOfWork.transact(async (tx) => {
    const key = await tx.keys.find(keyId);
    const isForeign = ctx.actor.kind === 'account' && ctx.actor.tenantId !== key?.tenantId;
    if (key === null || isForeign) throw notFound('key');
    requireTenant(ctx, key.tenantId, 'admin');
    if (!(await tx.keys.revoke(keyId))) return;
    await tx.auditLog.append(
      auditEntry(ctx, {
        tenantId: key.tenantId,
        action: 'key.revoke',
        target: keyId,
        before: { status: key.status },
        after: { status: 'revoked' },
      }),
    );
  });
  await ctx.feed.keysChanged();
}
