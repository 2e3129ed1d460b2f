import { TallygateError } from '../domain/errors';

/** The process stood still past the lease: this attempt is over, whoever ended it. */
export const endedElsewhere = (): TallygateError =>
  new TallygateError(
    'billing_unavailable',
    'This request stood still for so long that it was ended without its answer. Send it again.',
    { retryAfterMs: 1_000 },
  );
