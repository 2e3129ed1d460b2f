import type { OpenCharge } from '../domain/charge';
import { affordableOutputTokens } from '../domain/pricing';
import type { AnswerRequest } from '../openai/request';
import type { Estimate } from './estimate';

/** What was held of an estimate, or would be. */
export interface Held {
  readonly charge: Pick<OpenCharge, 'heldNano' | 'heldTokens' | 'price'>;
  readonly estimate: Estimate;
}

/**
 * The max_tokens that the upstream has to be given, so that no answer costs more than is held; null
 * where it keeps within the hold unasked.
 */
export function outputCap({ charge, estimate }: Held): number | null {
  const { demand, inputTokensMax, choices, output } = estimate;
  if (estimate.mode !== 'cap') return null;
  const isFull = charge.heldNano >= demand.maxNano && charge.heldTokens >= demand.maxTokens;
  if (isFull && output.isKept) return null;
  const byMoney = affordableOutputTokens(charge.price, inputTokensMax, charge.heldNano);
  const byTokens = charge.heldTokens - inputTokensMax;
  const affordable = Math.min(byMoney, byTokens) - output.predictedTokensMax;
  return Math.max(1, Math.min(Math.floor(affordable / choices), output.askableTokens));
}

/** The bound on the output of all choices that the upstream was given; null where there was none. */
export function boundGiven(request: AnswerRequest, held: Held): number | null {
  const perChoice = request.maxTokens ?? outputCap(held);
  if (perChoice === null) return null;
  return perChoice * request.choices + held.estimate.output.predictedTokensMax;
}
