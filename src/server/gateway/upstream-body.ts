import type { UpstreamRoute } from '../domain/ports';
import { withFields } from '../openai/json-fields';
import type { AnswerRequest } from '../openai/request';

/** Models that know the bound only by its newer name. */
const NEWER_BOUND = /^(?:o\d|gpt-5)/;

/**
 * The body as the upstream gets it: the client's own text, with the upstream's name of the model,
 * a bound on the output where the balance sets one, and the usage chunk asked for.
 */
export function upstreamBody(
  request: AnswerRequest,
  route: UpstreamRoute,
  outputCap: number | null,
): string {
  const values: Record<string, string> = {};
  const modelName = route.modelName === '*' ? request.model : route.modelName;
  if (modelName !== request.model) values.model = JSON.stringify(modelName);
  if (outputCap !== null) {
    values[NEWER_BOUND.test(modelName) ? 'max_completion_tokens' : 'max_tokens'] =
      String(outputCap);
  }
  if (request.isStream && !request.wantsUsage) {
    const given = request.body.stream_options;
    const options = typeof given === 'object' && given !== null ? given : {};
    values.stream_options = JSON.stringify({ ...options, include_usage: true });
  }
  return Object.keys(values).length === 0
    ? request.text
    : withFields(request.text, request.fields, values);
}
