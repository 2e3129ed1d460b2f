import { z } from 'zod';
import { auditEntry } from '../audit-entry';
import type { Call } from '../context';
import { lockKey } from './access';

export const endOverlapInput = z.strictObject({ keyId: z.string() });

/** Ends what a key was before its rotation, on every replica within seconds; may be repeated. */
export async function endOverlap({
  ctx,
  input,
}: Call<z.output<typeof endOverlapInput>>): Promise<void> {
  await ctx.unitOfWork.transact(async (tx) => {
    const key = await lockKey(ctx, tx, input.keyId);
    if (key.previous === null) return;
    await tx.keys.endPrevious(key.id);
    await tx.auditLog.append(
      auditEntry(ctx, {
        tenantId: key.tenantId,
        action: 'key.end_overlap',
        target: key.id,
        before: {
          previousPrefix: key.previous.prefix,
          previousUntil: key.previous.until.toISOString(),
        },
        after: { previousPrefix: null, previousUntil: null },
      }),
    );
  });
  await ctx.feed.keysChanged();
}
