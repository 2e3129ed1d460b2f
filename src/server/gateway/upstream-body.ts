import type { BoundName, UpstreamRoute } from '../domain/ports';
import { withFields } from '../openai/json-fields';
import type { AnswerRequest } from '../openai/request';

/** A bound on the output that the client did not give. */
export interface OutputCap {
  readonly name: BoundName;
  readonly tokens: number;
}

/** What the upstream calls the model. */
export const modelNameAt = (request: AnswerRequest, route: UpstreamRoute): string =>
  route.modelName === '*' ? request.model : route.modelName;

/**
 * The body as the upstream gets it: the client's own text, with the upstream's name of the model,
 * a bound on the output where the balance sets one, and the usage chunk asked for.
 */
export function upstreamBody(
  request: AnswerRequest,
  route: UpstreamRoute,
  cap: OutputCap | null,
): string {
  const values: Record<string, string> = {};
  const modelName = modelNameAt(request, route);
  if (modelName !== request.model) values.model = JSON.stringify(modelName);
  if (cap !== null) values[cap.name] = String(cap.tokens);
  if (request.isStream && !request.wantsUsage) {
    const given = request.body.stream_options;
    const options = typeof given === 'object' && given !== null ? given : {};
    values.stream_options = JSON.stringify({ ...options, include_usage: true });
  }
  return Object.keys(values).length === 0
    ? request.text
    : withFields(request.text, request.fields, values);
}
