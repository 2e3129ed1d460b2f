import type { LookupAddress, LookupAllOptions } from 'node:dns';
import { Resolver } from 'node:dns/promises';

/** As `dns.lookup` for all addresses. */
export type Resolve = (
  hostname: string,
  options: LookupAllOptions,
  callback: (error: NodeJS.ErrnoException | null, addresses: LookupAddress[]) => void,
) => void;

/** Both tries together take less than a connection may. */
const FIRST_TRY_MS = 1_000;
const TRIES = 2;

/**
 * Resolves names by sockets of our own. `dns.lookup` keeps one of the process's few threads for as long
 * as a name server is silent: the owner of a name could stop files, passwords and all other look-ups.
 * `servers`: name servers; the system's by default. The hosts file is not read.
 */
export const resolverBy =
  (servers?: readonly string[]): Resolve =>
  (hostname, _options, callback) => {
    const resolver = new Resolver({ timeout: FIRST_TRY_MS, tries: TRIES });
    if (servers !== undefined) resolver.setServers(servers);
    const asked = [resolver.resolve4(hostname), resolver.resolve6(hostname)] as const;
    void Promise.allSettled(asked).then(([four, six]) => {
      const addresses = [...addressesOf(four, 4), ...addressesOf(six, 6)];
      if (four.status === 'rejected' && addresses.length === 0) return callback(four.reason, []);
      callback(null, addresses);
    });
  };

const addressesOf = (
  answer: PromiseSettledResult<readonly string[]>,
  family: 4 | 6,
): readonly LookupAddress[] =>
  answer.status === 'rejected' ? [] : answer.value.map((address) => ({ address, family }));
