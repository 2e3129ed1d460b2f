import type { AdmittingStore, ChargeIdentity, OpenCharge } from '../charge';
import type { ApiKeyId, OperationId, TenantId, TraceId } from '../ids';
import type { Nano } from '../money';
import type { Day, Month } from '../period';
import type {
  KeyLimits,
  KeyQuotaRow,
  KeyQuotaType,
  QuotaRow,
  QuotaSnapshot,
  RateShare,
  RateStates,
  Refusal,
} from '../quota';
import type { Standing } from '../standing';

/** What the read-only check says. */
export type QuotaCheck =
  | { readonly kind: 'ok'; readonly availableNano: Nano }
  | { readonly kind: 'refused'; readonly refusal: Refusal };

/** What a request wants held. It gets the most that is left between `min` and `max`. */
export interface HoldDemand {
  readonly minNano: Nano;
  readonly maxNano: Nano;
  readonly minTokens: number;
  readonly maxTokens: number;
  /** Input plus the likely output: what the tokens-per-minute limit is charged at admission. */
  readonly rateTokens: number;
}

export interface Admission {
  readonly identity: ChargeIdentity;
  readonly limits: KeyLimits;
  readonly demand: HoldDemand;
  readonly countedInputTokens: number;
  /** The attempt this opens: 1, or one more than the VOIDED row that it re-opens. */
  readonly attempt: number;
  /** Names this very request: no other may write or end what it opens. */
  readonly owner: string;
  readonly leaseMs: number;
}

export type AdmissionReply =
  | {
      readonly kind: 'admitted';
      readonly store: AdmittingStore;
      readonly heldNano: Nano;
      readonly heldTokens: number;
      readonly availableNano: Nano;
      readonly rates: RateStates;
      readonly day: Day;
      readonly month: Month;
      /** The minute in which the key's rates were counted; null where the store keeps no such count. */
      readonly rateMinute: number | null;
      /** The Postgres store places the hold by inserting the row itself. */
      readonly rowOpened: boolean;
    }
  | { readonly kind: 'refused'; readonly refusal: Refusal }
  | { readonly kind: 'trace_taken'; readonly holder: TraceHolder }
  /** This attempt has been made and ended meanwhile: the trace is to be looked up again. */
  | { readonly kind: 'superseded' };

/** Who has the trace now: enough to tell a repeat in flight from a conflict. */
export interface TraceHolder {
  readonly bodyHash: string;
  readonly keyId: ApiKeyId;
}

export interface Raise {
  readonly charge: OpenCharge;
  readonly heldNano: Nano;
  readonly heldTokens: number;
  readonly limits: KeyLimits;
  readonly leaseMs: number;
}

export type RaiseReply =
  | { readonly kind: 'raised' }
  | { readonly kind: 'refused'; readonly refusal: Refusal }
  /** Nothing of this operation is open any more: the next checkpoint will say so. */
  | { readonly kind: 'unknown' };

export interface Deduction {
  readonly charge: OpenCharge;
  readonly amountNano: Nano;
  readonly tokens: number;
  readonly requests: number;
  /** What of the share taken at admission was not used; fewer than no tokens: more were. */
  readonly unused: RateShare | null;
  readonly allowNegative: boolean;
  /** The key's quota types: only needed where the store lost the operation. */
  readonly quotaTypes: readonly KeyQuotaType[];
  readonly leaseMs: number;
}

export type DeductReply =
  | {
      readonly kind: 'deducted' | 'repeated';
      readonly balanceNano: Nano;
      readonly dailyUsed: number;
      readonly monthlyUsed: number;
    }
  | { readonly kind: 'insufficient'; readonly balanceNano: Nano }
  /** The operation was folded already: this deduction came too late to matter. */
  | { readonly kind: 'folded' }
  /** The tenant's hash is absent: the ledger alone counts, the next request warms. */
  | { readonly kind: 'miss' };

/** What the ledger said after it moved: the newest base, and the operations it now contains. */
export interface Fold {
  readonly tenantId: TenantId;
  readonly quota: QuotaRow | null;
  readonly keyQuotas: readonly KeyQuotaRow[];
  readonly operations: readonly {
    readonly operationId: OperationId;
    readonly traceId: TraceId | null;
  }[];
}

/** Who asks how things stand: nothing is bought. */
export interface Inquiry {
  readonly tenantId: TenantId;
  readonly keyId: ApiKeyId;
  readonly limits: KeyLimits;
  /** What the tokens-per-minute limit would be charged. */
  readonly rateTokens: number;
}

/** Quota as it stands, for who only asks. */
export interface QuotaReader {
  /** Reads all that an admission depends on. Writes nothing in any store, and warms no hash. */
  standing(inquiry: Inquiry): Promise<Standing>;
}

/** Quota at request time. Redis implements it; Postgres does while Redis is away. */
export interface QuotaStore {
  /** Reads only: what is left, or the limit that says no. Warms a cold hash. */
  check(tenantId: TenantId, estimateNano: Nano): Promise<QuotaCheck>;
  /** Claims the trace and places the hold in one step, or refuses and writes nothing. */
  admit(admission: Admission): Promise<AdmissionReply>;
  /** Raises a hold and renews its lease; only upward. */
  raise(raise: Raise): Promise<RaiseReply>;
  /** Turns a hold into the actual amount: repeated, it applies only the difference. */
  deduct(deduction: Deduction): Promise<DeductReply>;
  /** Takes over what the ledger committed; also drops holds that came to nothing. */
  fold(fold: Fold): Promise<void>;
  /** Renews the leases of operations that are still at work. */
  renew(charges: readonly OpenCharge[], leaseMs: number): Promise<void>;
}

/** The ledger's reading of a tenant, for warming. Null when there is no such tenant. */
export type ReadSnapshot = (tenantId: TenantId) => Promise<QuotaSnapshot | null>;
