import type { TenantId } from '@/server/domain/ids';
import type { Fold } from '@/server/domain/ports';
import type { KeyQuotaRow } from '@/server/domain/quota';

type Operation = Fold['operations'][number];

interface Owed {
  quota: Fold['quota'];
  readonly keyQuotas: Map<string, KeyQuotaRow>;
  readonly operations: Operation[];
}

/** Operations that are remembered at most; what is beyond, the reconciler finds by its lease. */
const OPERATIONS_MAX = 50_000;
/** Operations of one fold at most: Redis does nothing else while a script runs. */
const PART_OPERATIONS_MAX = 500;

/** Folds that Redis could not take, merged by tenant: paid before that tenant uses Redis again. */
export class OwedFolds {
  private readonly byTenant = new Map<TenantId, Owed>();
  private operations = 0;

  add(fold: Fold): void {
    const owed = this.open(fold.tenantId);
    if (fold.quota !== null && fold.quota.version >= (owed.quota?.version ?? 0)) {
      owed.quota = fold.quota;
    }
    for (const row of fold.keyQuotas) {
      const name = `${row.keyId} ${row.type}`;
      if (row.version >= (owed.keyQuotas.get(name)?.version ?? 0)) owed.keyQuotas.set(name, row);
    }
    const room = OPERATIONS_MAX - this.operations;
    const taken = fold.operations.length <= room ? fold.operations : fold.operations.slice(0, room);
    owed.operations.push(...taken);
    this.operations += taken.length;
  }

  /** All that is owed to a tenant, in parts. The ledger's row goes with the first: it only lowers. */
  take(tenantId: TenantId): Fold[] {
    const owed = this.byTenant.get(tenantId);
    if (owed === undefined) return [];
    this.byTenant.delete(tenantId);
    this.operations -= owed.operations.length;
    const parts: Fold[] = [];
    let { quota } = owed;
    let keyQuotas = [...owed.keyQuotas.values()];
    for (let from = 0; from === 0 || from < owed.operations.length; from += PART_OPERATIONS_MAX) {
      const operations = owed.operations.slice(from, from + PART_OPERATIONS_MAX);
      parts.push({ tenantId, quota, keyQuotas, operations });
      quota = null;
      keyQuotas = [];
    }
    return parts;
  }

  tenants(): TenantId[] {
    return [...this.byTenant.keys()];
  }

  private open(tenantId: TenantId): Owed {
    const known = this.byTenant.get(tenantId);
    if (known !== undefined) return known;
    const owed: Owed = { quota: null, keyQuotas: new Map(), operations: [] };
    this.byTenant.set(tenantId, owed);
    return owed;
  }
}
