import type { Seen } from '../load/seen';
import { byTrace, type ChargeRow, type Evidence, nameOf, type Struck } from './evidence';

/** What a crash may cost the house of each open stream. */
export const SLAB_TOKENS = 256;
/** A stopped gateway's charges end by others only once it stood still for a lease. */
const GATEWAY_DIES = /^gateway (killed|stopped)/;

/** A gateway may still settle so long what it delivered to a client that went away. */
const SETTLING_MS_MAX = 10_000;

interface Losses {
  /** Tokens that reached a client and were charged to nobody. */
  readonly tokens: number;
  /** The most that all crashes together may have cost. */
  readonly tokensMax: number;
  readonly faults: readonly string[];
}

/**
 * D, for the house: what it lost, and whether that is at most a slab for each stream that was open
 * at a gateway when it was killed or stopped.
 */
export function houseLosses({ seen, rows, struck }: Evidence): Losses {
  const rowOf = new Map(rows.map((row) => [nameOf(row), row]));
  const crashes = struck.filter(({ kind }) => GATEWAY_DIES.test(kind));
  const tokensMax =
    crashes.reduce((sum, { openAtGateway }) => sum + openAtGateway, 0) * SLAB_TOKENS;
  const faults: string[] = [];
  let tokens = 0;
  for (const [name, clients] of byTrace(seen.filter((one) => one.tokens > 0))) {
    const lost = lostOf(clients, rowOf.get(name));
    if (lost <= 0) continue;
    tokens += lost;
    if (lost > SLAB_TOKENS) faults.push(`D: ${name}: the house lost ${lost} tokens of one stream`);
    if (!clients.some((one) => wasHit(one, crashes))) {
      faults.push(`D: ${name}: the house lost ${lost} tokens without a crash`);
    }
  }
  if (tokens > tokensMax)
    faults.push(`D: the house lost ${tokens} tokens, and at most ${tokensMax} may be`);
  return { tokens, tokensMax, faults };
}

/** Every delivered stream of a trace but replays, less what its one row charges. */
function lostOf(clients: readonly Seen[], row: ChargeRow | undefined): number {
  const bought = clients.filter(({ what }) => what !== 'replayed');
  const delivered = bought.reduce((sum, one) => sum + one.tokens, 0);
  if (bought.length === 0) return 0;
  return delivered - (row?.status === 'COMMITTED' ? row.outputTokens : 0);
}

const wasHit = (seen: Seen, crashes: readonly Struck[]): boolean => {
  const openUntilMs = seen.endedAtMs + (seen.hasLeft ? SETTLING_MS_MAX : 0);
  return crashes.some(
    ({ gateway, fromMs, toMs }) =>
      gateway === seen.gateway && fromMs <= openUntilMs && seen.beganAtMs <= toMs,
  );
};
