import { expect, test } from 'vitest';
import { newApiKeyId, newTenantId } from '@/server/domain/ids';
import type { Fold } from '@/server/domain/ports';
import { createOpenCharges } from '@/server/gateway/open-charges';
import { settle } from '@/server/gateway/settle';
import type { EndingPorts } from '@/server/gateway/types';
import { createGatewayTelemetry } from '@/server/telemetry/create-gateway-telemetry';
import { createLogger } from '@/server/telemetry/logger';
import { createMetrics } from '@/server/telemetry/metrics';
import { chargeOf } from '../helpers/charges';

/** Voids a charge whose row the ledger refuses to write. Gives what the quota store is told of it. */
async function voidPoison(who: 'owner' | 'sweeper'): Promise<Fold[]> {
  const folds: Fold[] = [];
  const unasked = () => Promise.reject(new Error('nobody asks for it here'));
  const poison = () => Promise.reject(new Error('This row cannot be written'));
  const ports: EndingPorts = {
    openCharges: createOpenCharges(),
    spool: { put: unasked, replay: unasked, waiting: unasked },
    ledger: {
      ...{ settle: poison, findTrace: unasked, openRow: unasked, checkpoint: unasked },
      ...{ renew: unasked, rowStates: unasked, burnAttempt: unasked, snapshots: unasked },
      ...{ upForMs: unasked, snapshot: unasked, expired: unasked, withoutPendingRow: unasked },
    },
    quota: {
      ...{ check: unasked, admit: unasked, raise: unasked, deduct: unasked, renew: unasked },
      fold: async (fold) => void folds.push(fold),
    },
    quarantine: {
      ...{ list: unasked, find: unasked, resolve: unasked, waiting: unasked },
      put: async () => undefined,
    },
    telemetry: createGatewayTelemetry(createMetrics(), createLogger('silent')),
  };
  const settled = await settle(ports, {
    charge: chargeOf({ tenantId: newTenantId(), keyId: newApiKeyId() }, { isStream: false }),
    outcome: { status: 'VOIDED', reason: 'lease_expired' },
    timings: { upstream: null, upstreamMs: null, firstByteMs: null, durationMs: null },
    ...{ hasRow: true, onlyIfExpired: who === 'sweeper', quotaTypes: [], rateShare: null },
  });
  expect(settled.kind).toBe('quarantined');
  return folds;
}

test('a void of the sweeper that the ledger refuses keeps its hold: the spool of its owner may still charge it', async () => {
  expect(await voidPoison('sweeper')).toEqual([]);
});

test('a void of the owner itself lets its hold go, though the ledger refuses it', async () => {
  expect(await voidPoison('owner')).toHaveLength(1);
});
