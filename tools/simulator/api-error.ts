/** An error reply in OpenAI's shape. */
export class ApiError extends Error {
  override readonly name = 'ApiError';

  constructor(
    readonly status: number,
    message: string,
    readonly type = 'invalid_request_error',
    readonly code: string | null = null,
    readonly param: string | null = null,
  ) {
    super(message);
  }

  get body(): {
    error: { message: string; type: string; param: string | null; code: string | null };
  } {
    return {
      error: { message: this.message, type: this.type, param: this.param, code: this.code },
    };
  }
}

/** What OpenAI would say at this status; for scripts that give no body of their own. */
export function typicalError(status: number): ApiError {
  if (status === 401) {
    return new ApiError(status, 'Incorrect API key provided.', undefined, 'invalid_api_key');
  }
  if (status === 404) {
    return new ApiError(status, 'The model does not exist.', undefined, 'model_not_found');
  }
  if (status === 429) {
    return new ApiError(status, 'Rate limit reached.', 'requests', 'rate_limit_exceeded');
  }
  if (status >= 500) {
    const message = 'The server had an error while processing your request.';
    return new ApiError(status, message, 'server_error');
  }
  return new ApiError(status, `The request failed with status ${status}.`);
}
