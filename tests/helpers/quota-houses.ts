import { Redis } from 'ioredis';
import type { OpenCharge } from '@/server/domain/charge';
import { type OperationId, operationId } from '@/server/domain/ids';
import type { Nano } from '@/server/domain/money';
import type {
  AdmissionReply,
  DeductReply,
  HoldDemand,
  QuotaCheck,
  QuotaStore,
  RaiseReply,
  SettleReply,
} from '@/server/domain/ports';
import type { KeyLimits } from '@/server/domain/quota';
import { createPostgresQuotaStore } from '@/server/stores/postgres/quota-store';
import { createRedisQuotaStore } from '@/server/stores/redis/quota-store';
import { createScriptRunner } from '@/server/stores/redis/scripts';
import { chargeOf, paid, unpaid } from './charges';
import type { Account, LedgerBench } from './ledger-bench';
import { sharedRedisUrl } from './redis';

const LEASE_MS = 30_000;

export const NO_LIMITS: KeyLimits = { rpm: null, tpm: null, concurrency: null, quotas: [] };

export const demandOf = (nano: Nano, over: Partial<HoldDemand> = {}): HoldDemand => ({
  ...{ minNano: nano, maxNano: nano, minTokens: 10, maxTokens: 10, rateTokens: 10 },
  ...over,
});

/** What became of asking: the admitted charge, or the answer. */
export interface Asked {
  readonly reply: AdmissionReply;
  readonly charge: OpenCharge | null;
}

/**
 * A quota store with the ledger behind it, used as the gateway uses the two: a hold of Redis gets
 * its row afterwards, and every end goes through deduct, settle and fold.
 */
export class QuotaHouse {
  constructor(
    readonly store: QuotaStore,
    private readonly bench: LedgerBench,
  ) {}

  check(account: Account, estimate: Nano): Promise<QuotaCheck> {
    return this.store.check(account.tenantId, estimate);
  }

  async admit(
    identity: OpenCharge,
    demand: HoldDemand,
    limits: KeyLimits = NO_LIMITS,
  ): Promise<Asked> {
    const { attempt, owner, countedInputTokens } = identity;
    const reply = await this.store.admit({
      ...{ identity, demand, limits, attempt, owner, countedInputTokens, leaseMs: LEASE_MS },
    });
    if (reply.kind !== 'admitted') return { reply, charge: null };
    const charge: OpenCharge = {
      ...identity,
      operationId: operationId(identity.transactionId, attempt),
      admittedBy: reply.store,
      heldNano: reply.heldNano,
      heldTokens: reply.heldTokens,
      day: reply.day,
      month: reply.month,
    };
    if (reply.rowOpened) return { reply, charge };
    const row = await this.bench.ledger.openRow(charge, LEASE_MS);
    if (row.kind === 'opened') return { reply, charge };
    await this.fold(charge, null);
    const { bodyHash, keyId } = row.record;
    if (keyId === null) throw new Error('The trace of a credit');
    return {
      reply: { kind: 'trace_taken', holder: { bodyHash: bodyHash ?? '', keyId } },
      charge: null,
    };
  }

  /** A new charge of the account; throws where it is refused. */
  async admitted(account: Account, nano: Nano, limits: KeyLimits = NO_LIMITS): Promise<OpenCharge> {
    const { charge, reply } = await this.admit(chargeOf(account), demandOf(nano), limits);
    if (charge === null) throw new Error(`It was not admitted: ${JSON.stringify(reply.kind)}`);
    return charge;
  }

  raise(
    charge: OpenCharge,
    heldNano: Nano,
    heldTokens: number,
    limits: KeyLimits = NO_LIMITS,
  ): Promise<RaiseReply> {
    return this.store.raise({ charge, heldNano, heldTokens, limits, leaseMs: LEASE_MS });
  }

  async pay(
    charge: OpenCharge,
    amountNano: Nano,
    limits: KeyLimits = NO_LIMITS,
  ): Promise<DeductReply> {
    const settlement = paid(charge, amountNano);
    const deducted = await this.store.deduct({
      ...{ charge, amountNano, tokens: 7, requests: 1, unused: null, allowNegative: true },
      ...{ quotaTypes: limits.quotas.map((quota) => quota.type), leaseMs: LEASE_MS },
    });
    await this.fold(charge, await this.bench.ledger.settle(settlement));
    return deducted;
  }

  async void(charge: OpenCharge): Promise<void> {
    await this.fold(charge, await this.bench.ledger.settle(unpaid(charge)));
  }

  private fold(charge: OpenCharge, reply: SettleReply | null): Promise<void> {
    const operation: { operationId: OperationId; traceId: OpenCharge['traceId'] } = charge;
    return this.store.fold({
      tenantId: charge.tenantId,
      quota: reply?.quota ?? null,
      keyQuotas: reply?.keyQuotas ?? [],
      operations: [{ operationId: operation.operationId, traceId: operation.traceId }],
    });
  }
}

export interface Houses {
  readonly redis: QuotaHouse;
  readonly postgres: QuotaHouse;
  close(): void;
}

/** Both stores over one ledger; a tenant uses one of them. */
export function openHouses(bench: LedgerBench): Houses {
  const client = new Redis(sharedRedisUrl());
  const scripts = createScriptRunner(client, () => undefined);
  const store = createRedisQuotaStore(scripts, bench.ledger.snapshot);
  return {
    redis: new QuotaHouse(store, bench),
    postgres: new QuotaHouse(createPostgresQuotaStore(bench.client.sql), bench),
    close: () => client.disconnect(),
  };
}

/** A minute's turn inside a test of rates would make it another test: waits it out, if it is near. */
export async function awayFromTheTurnOfAMinute(): Promise<void> {
  const left = 60_000 - (Date.now() % 60_000);
  if (left < 4_000) await new Promise((resolve) => setTimeout(resolve, left + 50));
}
