import type { Load, Seen } from './load';
import type { World } from './world';

/** What the books say of a run, held against what the clients saw. */
export interface Verdict {
  readonly requests: number;
  readonly complete: number;
  readonly replayed: number;
  readonly charged: number;
  readonly voided: number;
  /** Tokens that reached a client and were charged to nobody. */
  readonly houseLossTokens: number;
  readonly violations: readonly string[];
}

interface Row {
  readonly tenant_id: string;
  readonly trace_id: string;
  readonly status: string;
  readonly amount: bigint;
  readonly output_tokens: number;
}

/** Judges a run at rest. Every violation is a sentence that names its tenant and trace. */
export async function judge(world: World, load: Load): Promise<Verdict> {
  const rows = await world.sql<Row[]>`
    select tenant_id, trace_id, status, amount, output_tokens from billing_transaction
    where kind = 'charge'`;
  const byTrace = new Map(rows.map((row) => [`${row.tenant_id}/${row.trace_id}`, row]));
  const violations = await auditViolations(world);
  let houseLossTokens = 0;
  for (const seen of load.seen) {
    const row = byTrace.get(`${seen.tenantId}/${seen.traceId}`) ?? null;
    const fault = faultOf(seen, row);
    if (fault !== null) violations.push(`${seen.tenantId} ${seen.traceId}: ${fault}`);
    if (seen.what === 'part') {
      houseLossTokens += Math.max(0, seen.tokens - (row?.output_tokens ?? 0));
    }
  }
  const count = (what: Seen['what']) => load.seen.filter((seen) => seen.what === what).length;
  return {
    requests: load.seen.length,
    complete: count('complete'),
    replayed: count('replayed'),
    charged: rows.filter((row) => row.status === 'COMMITTED').length,
    voided: rows.filter((row) => row.status === 'VOIDED').length,
    houseLossTokens,
    violations,
  };
}

function faultOf(seen: Seen, row: Row | null): string | null {
  if (seen.what === 'complete' || seen.what === 'replayed') {
    if (row?.status !== 'COMMITTED') return `a whole answer left, and its row is ${row?.status}`;
    if (seen.costNano !== null && seen.costNano !== row.amount) {
      return `the reply said ${seen.costNano}, the ledger ${row.amount}`;
    }
  }
  if (row?.status === 'COMMITTED' && row.output_tokens > seen.tokensMax) {
    return `${row.output_tokens} tokens were charged of an answer of ${seen.tokensMax}`;
  }
  return null;
}

async function auditViolations(world: World): Promise<string[]> {
  const { invariants } = await world.admin.audit();
  const broken = invariants.filter((invariant) => !invariant.ok);
  return broken.map((invariant) => `audit: ${JSON.stringify(invariant).slice(0, 2_000)}`);
}
