import type { KeySecret } from '../../domain/ports/repositories';
import { apiKeyPrefix, generateApiKey } from '../../security/api-key';
import type { ServiceContext } from '../context';

/** A new key, and what is kept of it. */
export function newSecret(ctx: ServiceContext): {
  readonly key: string;
  readonly secret: KeySecret;
} {
  const key = generateApiKey();
  return { key, secret: { keyHash: ctx.hashKey(key), keyPrefix: apiKeyPrefix(key) } };
}
