import type { Script } from './script';

export interface UsageFigures {
  readonly promptTokens: number;
  readonly completionTokens: number;
  readonly reasoningTokens: number;
}

/** The usage as JSON text, true or as the script lies; undefined when the script leaves it out. */
export function chatUsageJson(figures: UsageFigures, script: Script): string | undefined {
  const { promptTokens, completionTokens, reasoningTokens } = figures;
  return scriptedUsage(script, {
    prompt_tokens: promptTokens,
    completion_tokens: completionTokens,
    total_tokens: promptTokens + completionTokens,
    prompt_tokens_details: { cached_tokens: script.cachedTokens ?? 0, audio_tokens: 0 },
    completion_tokens_details: {
      reasoning_tokens: reasoningTokens,
      audio_tokens: 0,
      accepted_prediction_tokens: 0,
      rejected_prediction_tokens: 0,
    },
  });
}

export function embeddingUsageJson(promptTokens: number, script: Script): string | undefined {
  return scriptedUsage(script, { prompt_tokens: promptTokens, total_tokens: promptTokens });
}

function scriptedUsage(script: Script, truth: object): string | undefined {
  if (script.noUsage === true) return undefined;
  if (script.usageRaw !== undefined) return script.usageRaw;
  return JSON.stringify(script.usage === undefined ? truth : script.usage);
}

/** The object as JSON with `usage` as its last field; the text goes in as it is, valid or not. */
export function withUsage(object: object, usageJson: string | undefined): string {
  const json = JSON.stringify(object);
  return usageJson === undefined ? json : `${json.slice(0, -1)},"usage":${usageJson}}`;
}
