import { TallygateError } from '../domain/errors';
import type { KeyRecord } from '../domain/ports';
import type { Caller, GatewayPorts, GatewayRequest } from './types';

const BEARER = /^Bearer +(\S+)$/i;

const refuse = (why: string): TallygateError =>
  new TallygateError('invalid_api_key', `${why} Send a valid key as "Authorization: Bearer tg-…".`);

/** Proves the caller by its key. Throws 401 `invalid_api_key`, and says nothing of other keys. */
export async function authenticate(ports: GatewayPorts, request: GatewayRequest): Promise<Caller> {
  const header = request.header('authorization');
  if (header === undefined) throw refuse('No API key was given.');
  const key = BEARER.exec(header)?.[1];
  if (key === undefined || !ports.isWellFormedKey(key)) throw refuse('The API key is not valid.');
  const digest = ports.hashKey(key);
  const record = await ports.keys.find(digest);
  if (record === null || record.status !== 'active') throw refuse('The API key is not valid.');
  if (hasExpired(record)) throw refuse('The API key has expired.');
  return { key: record, digest };
}

export const hasExpired = ({ expiresAtMs }: KeyRecord): boolean =>
  expiresAtMs !== null && expiresAtMs <= Date.now();
