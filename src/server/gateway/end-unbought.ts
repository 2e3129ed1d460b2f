import type { VoidReason } from '../domain/charge';
import { TallygateError } from '../domain/errors';
import { UpstreamBroke } from '../domain/ports';
import type { RateStates } from '../domain/quota';
import type { Admitted } from './admit';
import { type Bought, NotBought } from './call-upstream';
import { voidCharge } from './end-charge';
import { timed } from './exchange';
import { rateHeaders } from './rate-headers';
import type { Run } from './run';

const RESTART_RETRY_MS = 1_000;

/**
 * Voids the charge of an answer of which nothing was delivered, and gives what to tell the client.
 * The hold is free again when this resolves.
 */
export async function endUnbought(
  run: Run,
  admitted: Admitted,
  bought: Bought | null,
  error: unknown,
): Promise<unknown> {
  const { exchange, ports } = run;
  const { reason, told } = verdict(run, error);
  const upstream = bought?.upstream ?? (error instanceof NotBought ? error.upstream : null);
  const durationMs = Math.round(performance.now() - exchange.startedAtMs);
  const timings = { upstream, upstreamMs: null, firstByteMs: null, durationMs };
  await timed(exchange, () => voidCharge(ports, admitted, reason, timings));
  exchange.rateHeaders = rateHeaders(ratesLeft(admitted));
  run.record.settled(timings, 0n, null);
  return told;
}

/** A void request keeps its place among its key's requests; its tokens are given back. */
function ratesLeft({ rates, estimate }: Admitted): RateStates {
  const { requests, tokens } = rates;
  if (tokens === null) return rates;
  const remaining = Math.min(tokens.remaining + estimate.demand.rateTokens, tokens.limit);
  return { requests, tokens: { ...tokens, remaining } };
}

function verdict(run: Run, error: unknown): { reason: VoidReason; told: unknown } {
  if (run.ports.shutdown.isBegun) {
    const told = new TallygateError(
      'no_healthy_upstream',
      'The gateway is restarting. Nothing was charged. Send the request again.',
      { retryAfterMs: RESTART_RETRY_MS },
    );
    return { reason: 'internal_error', told };
  }
  if (run.signal.aborted) {
    const told = new TallygateError(
      'client_closed',
      'The request was cancelled. Nothing was charged.',
    );
    return { reason: 'client_closed', told };
  }
  if (error instanceof NotBought) return { reason: error.reason, told: error.error };
  if (!(error instanceof UpstreamBroke)) return { reason: 'internal_error', told: error };
  const isTimeout = error.reason === 'timeout';
  const told = new TallygateError(
    isTimeout ? 'upstream_timeout' : 'upstream_error',
    "The model's provider broke off its answer. Nothing was charged. Try again.",
    { cause: error },
  );
  return { reason: isTimeout ? 'upstream_timeout' : 'upstream_error', told };
}
