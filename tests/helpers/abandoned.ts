import type { OpenCharge } from '@/server/domain/charge';
import { trustedApiKeyId, trustedTenantId } from '@/server/domain/ids';
import type { TestTenant } from './admin-client';
import { chargeOf } from './charges';
import type { TestGateway } from './gateway';
import type { OtherInstance } from './other-instance';

const LEASE_MS = 1;
const NO_LIMITS = { rpm: null, tpm: null, concurrency: null, quotas: [] };

/** A charge whose owner has died: its hold in Redis alone, as for a plain request's first phase. */
export async function abandonHold(
  { ports }: OtherInstance,
  tenant: TestTenant,
  over: Partial<OpenCharge> = {},
): Promise<OpenCharge> {
  const account = { tenantId: trustedTenantId(tenant.id), keyId: trustedApiKeyId(tenant.keyId) };
  const charge = chargeOf(account, over);
  const { heldNano, heldTokens } = charge;
  const reply = await ports.quota.admit({
    identity: charge,
    limits: NO_LIMITS,
    demand: {
      minNano: heldNano,
      maxNano: heldNano,
      minTokens: heldTokens,
      maxTokens: heldTokens,
      rateTokens: heldTokens,
    },
    countedInputTokens: charge.countedInputTokens,
    attempt: charge.attempt,
    owner: charge.owner,
    leaseMs: LEASE_MS,
  });
  if (reply.kind !== 'admitted') throw new Error(`The hold was not placed: ${reply.kind}`);
  return charge;
}

/** The same with its PENDING row, and so many tokens that its last checkpoint says have left. */
export async function abandonStream(
  other: OtherInstance,
  tenant: TestTenant,
  leftTokens: number,
  over: Partial<OpenCharge> = {},
): Promise<OpenCharge> {
  const charge = await abandonHold(other, tenant, over);
  const { ledger } = other.ports;
  await ledger.openRow(charge, LEASE_MS);
  if (leftTokens > 0) {
    await ledger.checkpoint({
      charge,
      heldNano: charge.heldNano,
      heldTokens: charge.heldTokens,
      inputTokens: charge.countedInputTokens,
      outputTokens: leftTokens,
      leaseMs: LEASE_MS,
    });
  }
  return charge;
}

const LEASE_FIELD = 7;

/** Lets the leases of a tenant's operations in Redis be over for longer than any grace. */
export async function ageOperations(
  { redis }: Pick<TestGateway, 'redis'>,
  tenant: { readonly id: string },
): Promise<void> {
  if (redis === null) throw new Error('There is no Redis.');
  const key = `{gw:quota:tenant:${tenant.id}}:ops`;
  for (const [id, packed] of Object.entries(await redis.hgetall(key))) {
    const fields = packed.split('|');
    fields[LEASE_FIELD] = String(Date.now() - 60_000);
    await redis.hset(key, id, fields.join('|'));
  }
}
