import { z } from 'zod';
import { auditEntry } from '../audit-entry';
import type { Call } from '../context';
import { integer } from '../fields';
import { lockLivingKey } from './access';
import { newSecret } from './secret';
import type { RotatedKeyView } from './view';

/** Two keys that work are one too many for long. */
const OVERLAP_HOURS_MAX = 7 * 24;
const HOUR_MS = 3_600_000;

export const rotateKeyInput = z.strictObject({
  keyId: z.string(),
  overlapHours: integer(0, OVERLAP_HOURS_MAX),
});

/**
 * Gives a key a new secret; its id, limits and use stay. The old secret works for the overlap, or
 * ends now with 0; one from a rotation before ends in any case, so that never more than two work.
 * Throws `conflict` for a revoked key.
 */
export async function rotateKey({
  ctx,
  input,
}: Call<z.output<typeof rotateKeyInput>>): Promise<RotatedKeyView> {
  const { key: plain, secret } = newSecret(ctx);
  const previousUntil =
    input.overlapHours === 0 ? null : new Date(Date.now() + input.overlapHours * HOUR_MS);
  const id = await ctx.unitOfWork.transact(async (tx) => {
    const key = await lockLivingKey(ctx, tx, input.keyId);
    await tx.keys.rotate(key.id, secret, previousUntil);
    await tx.auditLog.append(
      auditEntry(ctx, {
        tenantId: key.tenantId,
        action: 'key.rotate',
        target: key.id,
        before: { keyPrefix: key.keyPrefix },
        after: {
          keyPrefix: secret.keyPrefix,
          previousUntil: previousUntil?.toISOString() ?? null,
        },
      }),
    );
    return key.id;
  });
  await ctx.feed.keysChanged();
  return {
    id,
    key: plain,
    keyPrefix: secret.keyPrefix,
    previousUntil: previousUntil?.toISOString() ?? null,
  };
}
