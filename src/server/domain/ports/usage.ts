import type { TenantId } from '../ids';
import type { Nano } from '../money';
import type { Day } from '../period';
import type { UsageWindow } from '../usage-window';

/** What charges come to. All but `voided` is of those that were COMMITTED. */
export interface UsageSums {
  readonly requests: number;
  /** Admitted, and ended with nothing delivered. */
  readonly voided: number;
  readonly inputTokens: number;
  readonly outputTokens: number;
  readonly cachedTokens: number;
  readonly reasoningTokens: number;
  readonly spendNano: Nano;
  /** Milliseconds in all, and of how many requests. */
  readonly durationMs: number;
  readonly timed: number;
  readonly firstByteMs: number;
  readonly firstBytes: number;
}

/** The model, or the key, that sums are of. */
export type UsageGrouping = 'model' | 'key';

export interface UsageGroup extends UsageSums {
  /** A model's id or a key's. */
  readonly id: string;
  /** A model's id, or what the key is called; null: a key that is not known. */
  readonly name: string | null;
}

export interface UsageSlot extends UsageSums {
  /** An hour or a day, as `slotsOf` names it. */
  readonly slot: string;
}

/** One line of an export: an hour or a day, a model and a key. */
export interface UsageLine extends UsageSlot {
  readonly model: string;
  readonly keyId: string;
  readonly keyName: string | null;
}

/** The sums of a tenant's charges. Hours and days without any are left out. */
export interface UsageReader {
  /** Oldest first. */
  usageBySlot(tenantId: TenantId, window: UsageWindow): Promise<readonly UsageSlot[]>;
  usageByGroup(
    tenantId: TenantId,
    window: UsageWindow,
    grouping: UsageGrouping,
  ): Promise<readonly UsageGroup[]>;
  /** `id` is null for all that are not among `ids`. */
  usageBySlotAndGroup(
    tenantId: TenantId,
    window: UsageWindow,
    grouping: UsageGrouping,
    ids: readonly string[],
  ): Promise<readonly (UsageSlot & { readonly id: string | null })[]>;
  /** By hour or day, oldest first, then model and key. */
  usageLines(tenantId: TenantId, window: UsageWindow): AsyncIterable<readonly UsageLine[]>;
  /** What was spent on a day, and from the first of its month until it. */
  spent(tenantId: TenantId, day: Day): Promise<Spent>;
}

export interface Spent {
  readonly todayNano: Nano;
  readonly monthNano: Nano;
}
