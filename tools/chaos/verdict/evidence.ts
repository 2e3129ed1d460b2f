import type { FaultKind } from '../faults/kinds';
import type { Credit } from '../load/operator';
import type { Seen } from '../load/seen';

/** A charge as the ledger has it at rest. */
export interface ChargeRow {
  readonly tenantId: string;
  readonly traceId: string;
  readonly status: string;
  readonly attempt: number;
  readonly isStream: boolean;
  readonly outputTokens: number;
  readonly amountNano: bigint;
  readonly holdNano: bigint;
  /** Milliseconds since 1970, by the database's clock, on the same machine. */
  readonly createdAtMs: number;
  /** Null: it was not committed. */
  readonly committedAtMs: number | null;
  readonly durationMs: number;
}

/** An answer that the upstream began to give, by its own journal. */
export interface Purchase {
  readonly tenantId: string | null;
  readonly traceId: string | null;
  readonly isStream: boolean;
  readonly atMs: number;
  /** The output tokens that it would have in the end. */
  readonly answerTokens: number;
  /** Null: the upstream died in the middle of it. */
  readonly end: {
    readonly atMs: number;
    readonly outcome: string;
    readonly sentTokens: number;
  } | null;
}

/** What a tenant could spend, and what it has spent by the ledger. */
export interface TenantFigures {
  readonly tenantId: string;
  readonly creditsNano: bigint;
  readonly creditLimitNano: bigint;
  readonly chargedNano: bigint;
  readonly charges: number;
  readonly dailyLimit: number | null;
  readonly monthlyLimit: number | null;
  readonly keyLimits: readonly { readonly type: string; readonly limit: bigint }[];
}

/** A fault that struck, from its strike until all was whole. */
export interface Struck {
  readonly kind: FaultKind;
  readonly gateway: number;
  readonly fromMs: number;
  readonly toMs: number;
  /** What was broken is certainly broken until then; its parts come back one after the other. */
  readonly mendsFromMs: number;
  /** Requests that clients had open at that gateway when it struck. */
  readonly openAtGateway: number;
}

/** All that is known of one burst, at rest. */
export interface Evidence {
  readonly seen: readonly Seen[];
  readonly rows: readonly ChargeRow[];
  readonly purchases: readonly Purchase[];
  readonly credits: readonly Credit[];
  /** Top-ups as the ledger has them. */
  readonly bookedCredits: readonly Credit[];
  readonly tenants: readonly TenantFigures[];
  readonly struck: readonly Struck[];
}

/** One name for a trace within its tenant. */
export const nameOf = (of: {
  readonly tenantId: string | null;
  readonly traceId: string | null;
}): string => `${of.tenantId} ${of.traceId}`;

/** What belongs together by tenant and trace. */
export function byTrace<
  T extends { readonly tenantId: string | null; readonly traceId: string | null },
>(items: readonly T[]): Map<string, T[]> {
  const groups = new Map<string, T[]>();
  for (const item of items) {
    const group = groups.get(nameOf(item));
    if (group === undefined) groups.set(nameOf(item), [item]);
    else group.push(item);
  }
  return groups;
}
