import { TallygateError } from '../domain/errors';
import type { AnswerMeter } from '../domain/ports';
import { highestCost } from '../domain/pricing';
import type { KeyLimits } from '../domain/quota';
import { isLedgerUnavailable } from '../domain/unavailable';
import { type TraceStep, traced } from '../telemetry/tracing';
import type { Admitted } from './admit';
import { failpoint } from './failpoints';
import { LEASE_MS, SLAB_MS, SLAB_TOKENS } from './limits';
import { refusalError } from './refusal-error';
import type { Run } from './run';
import { recheckCaller } from './watch-caller';

/** How long a stream pauses for a hold or a checkpoint that Postgres cannot take. */
const BOOKS_PATIENCE_MS = 10_000;
const BOOKS_RETRY_MS = 250;
/** So near its end, what is left of a slab is handed on event by event. */
const NEAR_END_TOKENS = 24;
/** More text than this is counted in steps, so that no event blocks the process. */
const COUNTED_AT_ONCE_BYTES_MAX = 8_192;

/**
 * The slabs of one stream. Before a slab begins, the row says what has left so far, the lease is
 * renewed, the hold covers the slab, and the key is still good; so a crash costs the house at most
 * one slab, and the tenant nothing.
 */
export class Slabs {
  /** The slab's end: what the hold covers, and when the next checkpoint is due. */
  private endTokens: number;
  private checkpointAtMs = performance.now();
  /** The last count made in search of the slab's end. */
  private counted = { tokens: 0, bytes: 0 };
  private heldNano: bigint;
  private heldTokens: number;
  /** The key's limits as they are now: one that was lowered holds for an open stream too. */
  private limits: KeyLimits;

  constructor(
    private readonly run: Run,
    private readonly admitted: Admitted,
    private readonly meter: AnswerMeter,
  ) {
    this.endTokens = SLAB_TOKENS * admitted.estimate.choices;
    this.heldNano = admitted.charge.heldNano;
    this.heldTokens = admitted.charge.heldTokens;
    this.limits = admitted.limits;
  }

  /** All that was metered so far has left. */
  left(): void {
    this.meter.left();
  }

  /** What a stream delivered: all of it, or what had left when it was cut. */
  delivered(total: number, isComplete: boolean): number {
    return isComplete ? total : Math.min(this.meter.leftTotal(), total);
  }

  /**
   * Whether the text so far, and so much more, may take the answer past its slab. Counts only where
   * that is possible: since the last count no more tokens can have come than bytes of text.
   */
  isNearEnd(textBytes: number, aheadBytes: number): boolean {
    if (textBytes - this.counted.bytes > COUNTED_AT_ONCE_BYTES_MAX) return true;
    if (aheadBytes <= this.bytesToNearEnd(textBytes)) return false;
    this.count(textBytes);
    return aheadBytes > this.bytesToNearEnd(textBytes);
  }

  /** So much more text is surely not near the slab's end; counts where too little would be sure. */
  room(textBytes: number): number {
    const uncounted = textBytes - this.counted.bytes;
    if (uncounted > COUNTED_AT_ONCE_BYTES_MAX) return 0;
    if (uncounted > 0 && this.bytesToNearEnd(textBytes) < NEAR_END_TOKENS) this.count(textBytes);
    return Math.min(this.bytesToNearEnd(textBytes), COUNTED_AT_ONCE_BYTES_MAX);
  }

  private bytesToNearEnd(textBytes: number): number {
    return this.endTokens - NEAR_END_TOKENS - this.tokensMax(textBytes);
  }

  private count(textBytes: number): number {
    const tokens = this.meter.total();
    this.counted = { tokens, bytes: textBytes };
    return tokens;
  }

  /** The most tokens that the text can have by now: a token has at least one byte. */
  private tokensMax(textBytes: number): number {
    return this.counted.tokens + textBytes - this.counted.bytes;
  }

  /** Whether the text so far may leave without opening another slab. */
  isOpen(textBytes: number): boolean {
    return (
      textBytes - this.counted.bytes <= COUNTED_AT_ONCE_BYTES_MAX &&
      this.tokensMax(textBytes) <= this.endTokens &&
      !this.isDue()
    );
  }

  private isDue(): boolean {
    return performance.now() - this.checkpointAtMs >= SLAB_MS;
  }

  /** Opens the next slab where one is due. Gives why the stream must end instead, or null. */
  async ready(textBytes: number): Promise<TallygateError | null> {
    if (textBytes - this.counted.bytes > COUNTED_AT_ONCE_BYTES_MAX) await this.meter.settle();
    const isDue = this.isDue();
    if (!isDue && this.tokensMax(textBytes) <= this.endTokens) return null;
    const total = this.count(textBytes);
    const isUsedUp = total > this.endTokens;
    if (!isUsedUp && !isDue) return null;
    const revoked = await this.recheckCaller();
    if (revoked !== null) return revoked;
    const refused = isUsedUp ? await this.openNext(total) : null;
    return refused ?? (await this.checkpoint());
  }

  /** Whole slabs, as few as hold `total`: a balance for three buys three. */
  private async openNext(total: number): Promise<TallygateError | null> {
    const slab = SLAB_TOKENS * this.admitted.estimate.choices;
    this.endTokens += slab * Math.ceil((total - this.endTokens) / slab);
    return this.isCovered(total, slab) ? null : await this.raiseHold();
  }

  /**
   * With max_tokens the hold covers all that was asked for, give or take how we count; an upstream
   * that sends on regardless is bought slab by slab.
   */
  private isCovered(total: number, slab: number): boolean {
    const { charge, estimate } = this.admitted;
    const heldOutput = charge.heldTokens - estimate.inputTokensMax;
    return estimate.mode !== 'slabs' && total <= heldOutput + slab;
  }

  private async recheckCaller(): Promise<TallygateError | null> {
    const found = await recheckCaller(this.run);
    if (found instanceof TallygateError) return found;
    this.limits = found.limits;
    return null;
  }

  private async raiseHold(): Promise<TallygateError | null> {
    const { charge, estimate } = this.admitted;
    const heldNano = highestCost(charge.price, estimate.inputTokensMax, this.endTokens);
    const heldTokens = estimate.inputTokensMax + this.endTokens;
    const reply = await this.patiently('raise_hold', () =>
      this.run.ports.quota.raise({
        charge,
        heldNano,
        heldTokens,
        limits: this.limits,
        leaseMs: LEASE_MS,
      }),
    );
    if (reply === 'unavailable') return billingUnavailable();
    if (reply.kind === 'refused') return refusalError(reply.refusal);
    await failpoint('hold_raised');
    this.heldNano = heldNano;
    this.heldTokens = heldTokens;
    return null;
  }

  private async checkpoint(): Promise<TallygateError | null> {
    const { charge } = this.admitted;
    const { ledger, openCharges } = this.run.ports;
    let askedAtMs = 0;
    const grip = await this.patiently('checkpoint', () => {
      askedAtMs = performance.now();
      return ledger.checkpoint({
        charge,
        heldNano: this.heldNano,
        heldTokens: this.heldTokens,
        inputTokens: charge.countedInputTokens,
        outputTokens: this.meter.leftTotal(),
        leaseMs: LEASE_MS,
      });
    });
    if (grip === 'held') openCharges.leased(charge, askedAtMs);
    this.checkpointAtMs = performance.now();
    await failpoint('slab_checkpointed');
    if (grip === 'held') return null;
    if (grip === 'unavailable') return billingUnavailable();
    return new TallygateError(
      'upstream_error',
      'This stream was ended elsewhere after a long pause. What was delivered is charged.',
    );
  }

  /** The next slab waits for its books; a short outage only makes the stream pause. */
  private async patiently<T>(name: TraceStep, step: () => Promise<T>): Promise<T | 'unavailable'> {
    const { trace } = this.run.exchange;
    const until = Date.now() + BOOKS_PATIENCE_MS;
    for (;;) {
      try {
        return await traced(trace, name, step);
      } catch (error) {
        if (!isLedgerUnavailable(error)) throw error;
        if (Date.now() >= until || this.run.signal.aborted) return 'unavailable';
        await new Promise((resolve) => setTimeout(resolve, BOOKS_RETRY_MS));
      }
    }
  }
}

const billingUnavailable = (): TallygateError =>
  new TallygateError(
    'billing_unavailable',
    'Billing is not available right now, so the stream ends here. What was delivered is charged.',
  );
