import { ERROR_CODES } from '../domain/errors';
import { foresee } from '../domain/judge';
import { formatPrice, type Price } from '../domain/pricing';
import type { KeyLimits, Refusal } from '../domain/quota';
import { spendableNano } from '../domain/standing';
import { estimate } from './estimate';
import { identityHeaders } from './exchange';
import { jsonReply } from './json-reply';
import { quoteFigures, wholeDemand } from './quote-figures';
import { refusalError } from './refusal-error';
import type { Run } from './run';
import { takeRequest } from './take-request';
import type { GatewayReply, GatewayRequest } from './types';

/**
 * What this body would cost as a chat completion, and whether it would be admitted now: the same
 * estimate and the same judgement, over a reading. Nothing is held, counted, warmed or written.
 * Throws as a chat completion does, up to its 403; then LedgerUnavailable.
 */
export async function answerQuote(run: Run, request: GatewayRequest): Promise<GatewayReply> {
  const { ports, caller, exchange } = run;
  const { asked, model } = await takeRequest(run, request, 'chat.completions');
  const meter = await ports.tokens.forModel(model.id, model.tokenizer);
  const estimated = await estimate(model, meter, asked);
  const { tenantId, keyId, limits } = caller.key;
  const { rateTokens } = estimated.demand;
  const standing = await ports.standings.standing({ tenantId, keyId, limits, rateTokens });
  const verdict = foresee(standing, wholeDemand(estimated), limits);
  const quote = {
    model: model.id,
    isStream: asked.isStream,
    isAdmitted: verdict.kind === 'granted',
    refusal:
      verdict.kind === 'granted' ? null : presentRefusal(verdict.refusal, limits, rateTokens),
    ...quoteFigures(estimated, verdict),
    ...presentPrice(model.price),
    available: String(spendableNano(standing)),
  };
  return jsonReply(200, quote, identityHeaders(exchange));
}

const presentPrice = ({ input, output, cachedInput }: Price) => ({
  inputPrice: formatPrice(input),
  outputPrice: formatPrice(output),
  cachedInputPrice: cachedInput === null ? null : formatPrice(cachedInput),
});

/** The refusal in the words, and with the wait, that the request itself would be told. */
function presentRefusal(refusal: Refusal, limits: KeyLimits, rateTokens: number) {
  const { code, message, retryAfterMs } = refusalError(refusal, limits, rateTokens);
  const { status, type } = ERROR_CODES[code];
  const retryAfter = retryAfterMs === null ? null : Math.ceil(retryAfterMs / 1000);
  return { status, code, type, message, retryAfter };
}
