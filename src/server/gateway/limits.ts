/** Bytes of a request body that are read at all. */
export const BODY_BYTES_MAX = 10 * 1024 * 1024;
/** Tokens that a stream may send between two checkpoints: what a crash may cost the house. */
export const SLAB_TOKENS = 256;
/** A slow stream writes its checkpoint at least this often while it sends. */
export const SLAB_MS = 1_000;
/** How long a process may be silent before another one ends its charges. */
export const LEASE_MS = 30_000;
/** Output that a plain request without max_tokens must be able to pay for. */
export const PLAIN_OUTPUT_TOKENS_MIN = 256;
/** What a model without a stated maximum is asked to send at most. */
export const OUTPUT_TOKENS_DEFAULT = 4_096;
/** Output of one choice that a quote calls likely, where no bound is lower. */
export const LIKELY_OUTPUT_TOKENS = 256;
/** More input than the window of any model in use takes; for those that state none. */
export const INPUT_TOKENS_MAX = 2_097_152;
/** How long a settlement is tried while Postgres is away, before it goes to the spool. */
export const SETTLE_PATIENCE_MS = 1_500;
/** Bytes of a plain answer that are read at all. */
export const ANSWER_READ_BYTES_MAX = 64 * 1024 * 1024;
