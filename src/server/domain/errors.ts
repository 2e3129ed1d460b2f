/** The closed list of what a developer can be told: status and OpenAI's error type by code. */
export const ERROR_CODES = {
  invalid_json: { status: 400, type: 'invalid_request_error' },
  invalid_field: { status: 400, type: 'invalid_request_error' },
  invalid_trace_id: { status: 400, type: 'invalid_request_error' },
  context_length_exceeded: { status: 400, type: 'invalid_request_error' },
  upstream_rejected: { status: 400, type: 'invalid_request_error' },
  invalid_api_key: { status: 401, type: 'authentication_error' },
  insufficient_quota: { status: 402, type: 'insufficient_quota' },
  model_not_allowed: { status: 403, type: 'permission_error' },
  ip_not_allowed: { status: 403, type: 'permission_error' },
  tenant_suspended: { status: 403, type: 'permission_error' },
  forbidden: { status: 403, type: 'permission_error' },
  model_not_found: { status: 404, type: 'invalid_request_error' },
  not_found: { status: 404, type: 'invalid_request_error' },
  method_not_allowed: { status: 405, type: 'invalid_request_error' },
  trace_in_flight: { status: 409, type: 'conflict_error' },
  trace_conflict: { status: 409, type: 'conflict_error' },
  trace_already_billed: { status: 409, type: 'conflict_error' },
  conflict: { status: 409, type: 'conflict_error' },
  request_too_large: { status: 413, type: 'invalid_request_error' },
  unsupported_media_type: { status: 415, type: 'invalid_request_error' },
  rate_limit_exceeded: { status: 429, type: 'rate_limit_error' },
  daily_quota_exceeded: { status: 429, type: 'rate_limit_error' },
  monthly_quota_exceeded: { status: 429, type: 'rate_limit_error' },
  concurrency_exceeded: { status: 429, type: 'rate_limit_error' },
  client_closed: { status: 499, type: 'api_error' },
  internal_error: { status: 500, type: 'api_error' },
  upstream_error: { status: 502, type: 'api_error' },
  no_healthy_upstream: { status: 503, type: 'api_error' },
  billing_unavailable: { status: 503, type: 'api_error' },
  audit_unfinished: { status: 503, type: 'api_error' },
  upstream_timeout: { status: 504, type: 'api_error' },
} as const satisfies Record<string, { status: number; type: string }>;

export type ErrorCode = keyof typeof ERROR_CODES;

export interface ErrorDetails {
  /** The request field at fault, as the client wrote it. */
  readonly param?: string;
  readonly retryAfterMs?: number;
  readonly headers?: Readonly<Record<string, string>>;
  /** For the log only; never shown to a client. */
  readonly cause?: unknown;
}

const BRAND = Symbol.for('tallygate.error');

/** A designed error: its message tells the user what to do and holds nothing secret. */
export class TallygateError extends Error {
  readonly [BRAND] = true;
  readonly code: ErrorCode;
  readonly param: string | null;
  readonly retryAfterMs: number | null;
  readonly headers: Readonly<Record<string, string>>;

  constructor(code: ErrorCode, message: string, details: ErrorDetails = {}) {
    super(message, details.cause === undefined ? undefined : { cause: details.cause });
    this.name = 'TallygateError';
    this.code = code;
    this.param = details.param ?? null;
    this.retryAfterMs = details.retryAfterMs ?? null;
    this.headers = details.headers ?? {};
  }

  get status(): number {
    return ERROR_CODES[this.code].status;
  }
}

/** By brand, not by class: the server and Next's bundle each hold a copy of this module. */
export const isTallygateError = (error: unknown): error is TallygateError =>
  typeof error === 'object' && error !== null && BRAND in error;

/** OpenAI's error shape. */
export interface ErrorBody {
  readonly error: {
    readonly message: string;
    readonly type: string;
    readonly param: string | null;
    readonly code: string;
  };
}

export const errorBody = (error: TallygateError): ErrorBody => ({
  error: {
    message: error.message,
    type: ERROR_CODES[error.code].type,
    param: error.param,
    code: error.code,
  },
});

/** Turns anything thrown into a designed error; an unknown one tells only the request id. */
export function toTallygateError(error: unknown, requestId: string): TallygateError {
  if (isTallygateError(error)) return error;
  return new TallygateError(
    'internal_error',
    `Something went wrong on our side. Nothing was charged beyond what was delivered. Quote request id ${requestId} to support.`,
    { cause: error },
  );
}
