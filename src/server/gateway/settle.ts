import type { ChargeOutcome, ChargeTimings, OpenCharge } from '../domain/charge';
import type { Nano } from '../domain/money';
import type { DeductReply } from '../domain/ports';
import type { KeyQuotaType, RateShare } from '../domain/quota';
import { isLedgerUnavailable } from '../domain/unavailable';
import { type RequestTrace, traced } from '../telemetry/tracing';
import { type Booked, book } from './book';
import { failpoint } from './failpoints';
import { foldCharge } from './fold-charge';
import { giveBackRate } from './give-back-rate';
import { LEASE_MS } from './limits';
import type { EndingPorts } from './types';

/** What is needed to end a charge, whoever ends it: the request, or the sweeper. */
export interface Ending {
  readonly charge: OpenCharge;
  readonly outcome: ChargeOutcome;
  readonly timings: ChargeTimings;
  /** Whether a PENDING row stands; without one a COMMITTED charge is inserted, a void leaves none. */
  readonly hasRow: boolean;
  readonly onlyIfExpired: boolean;
  readonly quotaTypes: readonly KeyQuotaType[];
  /** What was taken from the key's limits per minute at admission; null where nothing was. */
  readonly rateShare: RateShare | null;
  /** Whose request it is; undefined where nobody traces, or nobody asks any more. */
  readonly trace?: RequestTrace | undefined;
}

export interface Settled {
  /** `lost`: someone else ended this attempt, and nothing was changed by us. */
  readonly kind: Booked['kind'];
  readonly amountNano: Nano;
  /** What the tenant has available now; null where only the ledger knows. */
  readonly availableNano: Nano | null;
  /** Resolves once the quota store was told; a commit does not wait for it. */
  readonly folded: Promise<void>;
}

/**
 * Phase two of billing, the one way any charge ends: the hold becomes the actual amount in the
 * quota store, the settlement becomes durable, the quota store takes the ledger's row over. Safe
 * to repeat. Throws when no medium takes the settlement; the lease then decides.
 */
export async function settle(ports: EndingPorts, ending: Ending): Promise<Settled> {
  const { charge, outcome, rateShare } = ending;
  // A void request was made and keeps its place in the minute; it used no tokens.
  if (outcome.status === 'VOIDED' && rateShare !== null) {
    await giveBackRate(ports, charge, { ...rateShare, requests: 0 });
  }
  if (outcome.status === 'VOIDED' && !ending.hasRow) {
    await foldCharge(ports, charge, null);
    ports.openCharges.remove(charge);
    return { kind: 'settled', amountNano: 0n, availableNano: null, folded: Promise.resolve() };
  }
  // The sweeper deducts nothing beforehand: the owner may be alive, and its hold still needed.
  const deducted =
    outcome.status === 'COMMITTED' && !ending.onlyIfExpired
      ? await traced(ending.trace, 'deduct', () => deduct(ports, ending, outcome))
      : null;
  await failpoint('deducted');
  const booked = await traced(ending.trace, 'commit', () => bookAndLetGo(ports, ending));
  await failpoint('booked');
  // A void must be free for its next attempt when the client hears of it; a commit may fold later.
  const folded = fold(ports, ending, booked);
  if (outcome.status === 'VOIDED') await folded;
  return {
    kind: booked.kind,
    amountNano: outcome.status === 'COMMITTED' ? outcome.amountNano : 0n,
    availableNano: deducted !== null && 'balanceNano' in deducted ? deducted.balanceNano : null,
    folded,
  };
}

/**
 * What is booked, or cannot be, is renewed no more; what is spooled is, until its replay, and so is
 * what the sweeper found alive after all.
 */
async function bookAndLetGo(ports: EndingPorts, ending: Ending): Promise<Booked> {
  const { charge, outcome, timings, hasRow, onlyIfExpired } = ending;
  const write = hasRow ? 'update' : 'insert';
  try {
    const asked = { charge, outcome, timings, write, onlyIfExpired, answerLeft: false } as const;
    const booked = await book(ports, asked);
    if (booked.kind !== 'spooled' && !isAlive(booked)) ports.openCharges.remove(charge);
    return booked;
  } catch (error) {
    if (!onlyIfExpired) ports.openCharges.remove(charge);
    throw error;
  }
}

const isAlive = (booked: Booked): boolean => booked.kind === 'lost' && booked.isOpen;

/** Whatever goes wrong here, the settlement goes on: the ledger's own row counts then. */
async function deduct(
  ports: EndingPorts,
  ending: Ending,
  outcome: Extract<ChargeOutcome, { status: 'COMMITTED' }>,
): Promise<DeductReply> {
  const { billed } = outcome.usage;
  const tokens = billed.inputTokens + billed.outputTokens;
  const share = ending.rateShare;
  try {
    return await ports.quota.deduct({
      charge: ending.charge,
      amountNano: outcome.amountNano,
      tokens,
      requests: 1,
      unused: share === null ? null : { ...share, requests: 0, tokens: share.tokens - tokens },
      allowNegative: true,
      quotaTypes: ending.quotaTypes,
      leaseMs: LEASE_MS,
    });
  } catch (error) {
    // A cold hash cannot be warmed while the ledger is away; anything else is a fault of ours.
    if (!isLedgerUnavailable(error)) {
      ports.telemetry.deductFailed('redis_error');
      ports.telemetry.fault('deduct', error, { traceId: ending.charge.traceId });
    }
    return { kind: 'miss' };
  }
}

/** What waits elsewhere keeps its operation, so that nobody spends the amount a second time. */
async function fold(
  ports: EndingPorts,
  { charge, outcome, onlyIfExpired }: Ending,
  booked: Booked,
): Promise<void> {
  if (isAlive(booked)) return;
  if (booked.kind === 'settled' || booked.kind === 'lost') {
    await foldCharge(ports, charge, booked);
  } else if (outcome.status === 'VOIDED' && !onlyIfExpired) {
    // The sweeper cannot know that nothing is owed: the owner's spool may still say otherwise.
    await foldCharge(ports, charge, null);
  }
}
