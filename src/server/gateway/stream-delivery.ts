import type { Cancellation } from '../domain/cancellation';
import type { ChargeOutcome } from '../domain/charge';
import { errorBody, TallygateError } from '../domain/errors';
import { type AnswerMeter, UpstreamBroke } from '../domain/ports';
import { costOf } from '../domain/pricing';
import type { AnswerRequest } from '../openai/request';
import { sseEvent } from '../openai/sse';
import { traced } from '../telemetry/tracing';
import type { Admitted } from './admit';
import { billedUsage } from './bill';
import type { Bought } from './call-upstream';
import { endCharge, voidCharge } from './end-charge';
import { timed } from './exchange';
import { failpoint } from './failpoints';
import { boundGiven } from './output-cap';
import type { Run } from './run';
import { Slabs } from './slabs';
import { AnswerRecorder, storeAnswer } from './store-answer';
import { type ReadEvent, StreamReader } from './stream-reader';
import { watchCaller } from './watch-caller';

type Finish = Extract<ChargeOutcome, { status: 'COMMITTED' }>['finish'];

/** Made once: an error comes with its stack, which costs. */
const STREAM_OVER = new Error('The stream is over');

/** Why a stream stops before its upstream has finished, and what the client is told of it. */
interface Cut {
  readonly finish: Finish;
  readonly error: TallygateError | null;
}

interface Over {
  /** Null: it is complete. */
  readonly cut: Cut | null;
}

/**
 * Delivers one stream: hands on the upstream's bytes, slab by slab, and ends its charge exactly
 * once. The end is reached on every path: done, broken upstream, client gone, credit spent.
 */
export class StreamDelivery {
  private readonly meter: AnswerMeter;
  private readonly reader: StreamReader;
  private readonly slabs: Slabs;
  private readonly recorder: AnswerRecorder;
  /** Whether anybody has asked for the body. */
  hasBegun = false;
  /** Why the caller may buy no more, once that is known. */
  private refusal: TallygateError | null = null;
  private firstByteAtMs: number | null = null;
  private handedOn = 0;
  /** An event that was read, and leaves with the next batch. */
  private ahead: ReadEvent | null = null;
  private hasAllCome = false;

  constructor(
    private readonly owner: Run,
    private readonly request: AnswerRequest,
    private readonly admitted: Admitted,
    private readonly bought: Bought,
    private readonly upstream: Cancellation,
  ) {
    this.meter = admitted.estimate.meter.openAnswer();
    this.reader = new StreamReader(request, this.meter, admitted.estimate.model.contextWindow);
    this.slabs = new Slabs(owner, admitted, this.meter);
    this.recorder = new AnswerRecorder(admitted.charge.traceNamed);
  }

  /** The bytes of the reply. Ends quietly when its consumer returns it or the client goes away. */
  async *run(
    first: IteratorResult<Uint8Array>,
    chunks: AsyncIterator<Uint8Array>,
  ): AsyncGenerator<Uint8Array, void, undefined> {
    let cut: Cut | null = { finish: 'client_closed', error: null };
    let isEnded = false;
    this.hasBegun = true;
    const unwatch = watchCaller(this.owner, (refusal) => {
      this.refusal = refusal;
      this.upstream.abort(refusal);
    });
    try {
      this.take(first);
      let step = await this.step(chunks);
      for (; step instanceof Uint8Array; step = await this.step(chunks)) yield step;
      cut = step.cut;
      const last = await this.end(cut);
      isEnded = true;
      if (last.length > 0) yield last;
    } finally {
      unwatch();
      // Closes the upstream's connection; a finished one goes back to its pool untouched.
      this.upstream.abort(STREAM_OVER);
      if (!isEnded) await this.end(cut).catch((cause) => this.report(cause));
      this.owner.release();
    }
  }

  /** What leaves next, or how the stream is over. */
  private async step(chunks: AsyncIterator<Uint8Array>): Promise<Uint8Array | Over> {
    const { reader, slabs } = this;
    const { signal } = this.owner;
    try {
      const reached = this.handedOn > 0 ? failpoint('stream_delivered') : undefined;
      if (reached !== undefined) await reached;
      for (;;) {
        if (signal.aborted) return { cut: this.gone() };
        const bytes = this.nextBatch();
        if (bytes !== null) {
          if (!slabs.isOpen(reader.textBytes)) {
            const refusal = await slabs.ready(reader.textBytes);
            if (refusal !== null) return { cut: { finish: 'cut_off', error: refusal } };
            if (signal.aborted) return { cut: this.gone() };
          }
          this.handOn(bytes);
          return bytes;
        }
        if (reader.isBroken) return { cut: this.broken(null) };
        if (reader.isDone) return { cut: null };
        if (this.hasAllCome) return { cut: reader.hasFinished ? null : this.broken(null) };
        this.take(await chunks.next());
      }
    } catch (error) {
      if (signal.aborted) return { cut: this.gone() };
      if (this.refusal !== null) return { cut: { finish: 'cut_off', error: this.refusal } };
      return { cut: this.broken(error) };
    }
  }

  private take(next: IteratorResult<Uint8Array>): void {
    this.hasAllCome = next.done === true;
    if (next.done === true) this.ahead = this.reader.end();
    else this.reader.feed(next.value);
  }

  /**
   * Events that came together leave together, but near a slab's end they leave one by one, and none
   * leaves with those before it that could take the answer past that end. Null: none is left.
   */
  private nextBatch(): Uint8Array | null {
    const { reader, slabs } = this;
    const batch: Uint8Array[] = [];
    for (;;) {
      const event = this.ahead ?? reader.next(slabs.room(reader.textBytes));
      this.ahead = null;
      if (event === null) break;
      if (batch.length > 0 && slabs.isNearEnd(reader.textBytes, event.textBytes)) {
        this.ahead = event;
        break;
      }
      reader.take(event);
      batch.push(event.raw);
      if (slabs.isNearEnd(reader.textBytes, 0)) break;
    }
    return batch.length === 0 ? null : joined(batch);
  }

  private handOn(bytes: Uint8Array): void {
    this.firstByteAtMs ??= performance.now();
    this.recorder.add(bytes);
    this.slabs.left();
    this.handedOn += bytes.length;
  }

  private gone(): Cut {
    if (!this.owner.ports.shutdown.isBegun) return { finish: 'client_closed', error: null };
    const message =
      'The gateway is restarting. What was delivered is charged; send the request again for the rest.';
    return { finish: 'cut_off', error: new TallygateError('upstream_error', message) };
  }

  private broken(cause: unknown): Cut {
    const isTimeout = cause instanceof UpstreamBroke && cause.reason === 'timeout';
    const message =
      "The model's provider broke off its answer. Only what was delivered is charged. Send the request again under a new trace id.";
    const code = isTimeout ? 'upstream_timeout' : 'upstream_error';
    return { finish: 'upstream_broke', error: new TallygateError(code, message, { cause }) };
  }

  /** Settles what was delivered; gives the bytes that may leave once that is durable. */
  private async end(cut: Cut | null): Promise<Uint8Array> {
    const done = this.reader.doneEvent;
    if (cut === null) this.recorder.add(done);
    try {
      await timed(this.owner.exchange, () => this.settle(cut));
    } catch (cause) {
      return this.failed(cause);
    }
    if (cut === null) return done;
    if (cut.error === null) return Buffer.alloc(0);
    const events = [sseEvent(errorBody(cut.error))];
    if (cut.error.code === 'insufficient_quota') events.unshift(this.reader.lengthChunk());
    return Buffer.concat(events);
  }

  private async settle(cut: Cut | null): Promise<void> {
    const { ports, exchange, record } = this.owner;
    const usage = await this.usage(cut === null);
    exchange.trace?.callEnded(cut?.finish ?? null, usage.billed);
    const { charge } = this.admitted;
    const timings = {
      upstream: this.bought.upstream,
      upstreamMs: Math.round(performance.now() - this.bought.calledAtMs),
      firstByteMs:
        this.firstByteAtMs === null ? null : Math.round(this.firstByteAtMs - exchange.startedAtMs),
      durationMs: Math.round(performance.now() - exchange.startedAtMs),
    };
    const isNothing = this.handedOn === 0 || (cut !== null && usage.billed.outputTokens === 0);
    if (isNothing) {
      const reason = cut?.finish === 'client_closed' ? 'client_closed' : 'upstream_error';
      await voidCharge(ports, this.admitted, reason, timings);
      ports.telemetry.streamFailed();
      record.settled(timings, 0n, null);
    } else {
      const amountNano = costOf(charge.price, usage.billed);
      const bytes = cut === null ? this.recorder.bytes() : null;
      if (bytes !== null) {
        const contentType = 'text/event-stream; charset=utf-8';
        await traced(exchange.trace, 'store_answer', () =>
          storeAnswer(ports, charge, { status: 200, contentType, body: bytes }),
        );
      }
      const finish = cut?.finish ?? 'complete';
      const outcome: ChargeOutcome = { status: 'COMMITTED', amountNano, usage, finish };
      await endCharge(ports, this.admitted, outcome, timings);
      ports.telemetry.streamCommitted(this.accuracyPct(usage));
      record.settled(timings, amountNano, usage.billed);
    }
    if (usage.anomaly !== null) ports.telemetry.usageAnomaly(usage.anomaly);
    ports.telemetry.billed(exchange.billingMs);
    if (cut?.error) record.failed(cut.error);
    else if (cut?.finish === 'client_closed') record.ended('client_closed');
    ports.telemetry.requestDone(record.close(200));
  }

  private async usage(isComplete: boolean) {
    const { charge, estimate } = this.admitted;
    return billedUsage({
      model: estimate.model,
      isStream: true,
      isComplete,
      isVocabularyKnown: estimate.meter.isKnown,
      countedInputTokens: charge.countedInputTokens,
      countedOutputTokens: this.slabs.delivered(await this.meter.settle(), isComplete),
      reported: this.reader.usage,
      outputTokensMax: boundGiven(this.request, this.admitted),
    });
  }

  /** How close our count came to the upstream's, in percent; only where both exist. */
  private accuracyPct(usage: Awaited<ReturnType<StreamDelivery['usage']>>): number | null {
    const { countedOutputTokens: counted, reportedOutputTokens: reported } = usage;
    if (counted === null || reported === null || reported === 0) return null;
    return Math.max(0, 100 - (Math.abs(counted - reported) / reported) * 100);
  }

  /** The charge is left to its lease, whatever it failed at. */
  private failed(cause: unknown): Uint8Array {
    const { ports, record } = this.owner;
    this.report(cause);
    ports.openCharges.remove(this.admitted.charge);
    const message =
      'Billing is not available right now. The answer above is complete as far as it goes.';
    const error = new TallygateError('billing_unavailable', message);
    record.failed(error);
    ports.telemetry.requestDone(record.close(200));
    return sseEvent(errorBody(error));
  }

  private report(cause: unknown): void {
    const { ports, exchange } = this.owner;
    ports.telemetry.streamFailed();
    ports.telemetry.fault('stream_end', cause, { traceId: exchange.traceId });
  }
}

/** One piece of bytes; nothing is copied where they lie side by side. */
function joined(pieces: readonly Uint8Array[]): Uint8Array {
  const [first] = pieces;
  if (first === undefined || pieces.length === 1) return first ?? new Uint8Array();
  let end = first.byteOffset;
  for (const { buffer, byteOffset, length } of pieces) {
    if (buffer !== first.buffer || byteOffset !== end) return Buffer.concat(pieces);
    end += length;
  }
  return Buffer.from(first.buffer, first.byteOffset, end - first.byteOffset);
}
