import type { MeteredUsage } from '../domain/charge';
import type { ModelRecord } from '../domain/ports';
import type { TokenUsage, UsageAnomaly } from '../domain/usage';
import type { ReportedUsage } from '../openai/usage';

export interface BillInputs {
  readonly model: ModelRecord;
  readonly isStream: boolean;
  /** Whether the whole answer was delivered; a part is billed by counting what left. */
  readonly isComplete: boolean;
  readonly isVocabularyKnown: boolean;
  readonly countedInputTokens: number;
  /** Null where the answer's text was not counted because the upstream's figures are billed. */
  readonly countedOutputTokens: number | null;
  readonly reported: ReportedUsage;
  /** The bound on output that held for the whole answer, if there was one. */
  readonly outputTokensMax: number | null;
}

/**
 * Decides which figures are billed. Streams: input by the upstream, output by counting, unless the
 * catalogue trusts the upstream, or we count more than the upstream says and was asked for: then it
 * counts otherwise. Plain: the upstream's. Missing or absurd figures: counting.
 */
export function billedUsage(inputs: BillInputs): MeteredUsage {
  const reported = inputs.reported.kind === 'reported' ? inputs.reported.usage : null;
  const countedOutputTokens = inputs.countedOutputTokens;
  const byUpstream =
    reported !== null &&
    inputs.isComplete &&
    (!inputs.isStream ||
      inputs.model.usagePolicy === 'upstream' ||
      countedOutputTokens === null ||
      countsOtherwise(countedOutputTokens, reported.outputTokens, inputs.outputTokensMax));
  const billed: TokenUsage = byUpstream
    ? reported
    : {
        inputTokens: reported?.inputTokens ?? inputs.countedInputTokens,
        outputTokens: countedOutputTokens ?? 0,
        cachedTokens: reported?.cachedTokens ?? 0,
        reasoningTokens: reported?.reasoningTokens ?? 0,
      };
  const counted = inputs.isVocabularyKnown ? 'counted' : 'counted_nearest';
  return {
    billed,
    source: byUpstream ? 'upstream' : counted,
    anomaly: anomalyOf(inputs, billed),
    countedOutputTokens,
    reportedInputTokens: reported?.inputTokens ?? null,
    reportedOutputTokens: reported?.outputTokens ?? null,
  };
}

const countsOtherwise = (counted: number, reported: number, most: number | null): boolean =>
  most !== null && counted > most && reported <= most;

function anomalyOf(inputs: BillInputs, billed: TokenUsage): UsageAnomaly | null {
  if (inputs.reported.kind === 'absurd') return 'absurd';
  // A stream cut short never came to its usage; that is no fault of the upstream's.
  if (inputs.reported.kind === 'missing' && inputs.isComplete) return 'missing';
  const max = inputs.outputTokensMax;
  return max !== null && billed.outputTokens > max ? 'above_max_tokens' : null;
}
