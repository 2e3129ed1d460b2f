import { endOverlap } from '@/server/services/keys/end-overlap';
import { rotateKey } from '@/server/services/keys/rotate';
import { setKeyStatus } from '@/server/services/keys/set-status';
import { updateKey, updateKeyInput } from '@/server/services/keys/update';
import type { TestTenant } from './admin-client';
import type { TestGateway } from './gateway';

/** Changes keys of a running gateway as their tenant's admin does in the portal. */
export function keyChanges(gateway: TestGateway) {
  const ctx = gateway.container.serviceContext({ kind: 'system' }, null);
  return {
    update: ({ keyId }: TestTenant, fields: object) =>
      updateKey({ ctx, input: updateKeyInput.parse({ keyId, ...fields }) }),
    setStatus: ({ keyId }: TestTenant, status: 'active' | 'disabled') =>
      setKeyStatus({ ctx, input: { keyId, status } }),
    /** The tenant again, with its new key. */
    rotate: async (tenant: TestTenant, overlapHours: number): Promise<TestTenant> => {
      const { key } = await rotateKey({ ctx, input: { keyId: tenant.keyId, overlapHours } });
      return { ...tenant, apiKey: key };
    },
    endOverlap: ({ keyId }: TestTenant) => endOverlap({ ctx, input: { keyId } }),
  };
}
