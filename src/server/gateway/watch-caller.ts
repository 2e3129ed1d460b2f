import { TallygateError } from '../domain/errors';
import type { KeyRecord } from '../domain/ports';
import { hasExpired } from './authenticate';
import { authorise } from './authorise';
import type { Run } from './run';

const LOOK_EVERY_MS = 1_000;

/** The caller's key as it is now; or why the caller may buy no more. */
export async function recheckCaller({ ports, caller }: Run): Promise<KeyRecord | TallygateError> {
  const key = await ports.keys.find(caller.digest).catch(() => caller.key);
  if (key === null || key.status !== 'active') {
    return new TallygateError('invalid_api_key', 'The API key was revoked while it streamed.');
  }
  if (hasExpired(key)) {
    return new TallygateError('invalid_api_key', 'The API key expired while it streamed.');
  }
  try {
    // Where the request came from was judged when it came.
    authorise({ ...caller, key: { ...key, allowedIps: null } }, '');
    return key;
  } catch (error) {
    if (error instanceof TallygateError) return error;
    throw error;
  }
}

/**
 * Looks every second whether the caller may still buy, also while a stream waits for its upstream
 * or its reader. Says so once; ends with the returned function.
 */
export function watchCaller(run: Run, onRefused: (refusal: TallygateError) => void): () => void {
  const look = async () => {
    const found = await recheckCaller(run);
    if (!(found instanceof TallygateError)) return;
    clearInterval(timer);
    onRefused(found);
  };
  const timer = setInterval(() => void look(), LOOK_EVERY_MS);
  timer.unref();
  return () => clearInterval(timer);
}
