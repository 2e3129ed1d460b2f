import type { TenantId } from '@/server/domain/ids';
import type { Fold } from '@/server/domain/ports';

/** Folds that Redis could not take, merged by tenant: paid before that tenant uses Redis again. */
export class OwedFolds {
  private readonly byTenant = new Map<TenantId, Fold>();

  get size(): number {
    return this.byTenant.size;
  }

  add(fold: Fold): void {
    const owed = this.byTenant.get(fold.tenantId);
    this.byTenant.set(fold.tenantId, owed === undefined ? fold : merge(owed, fold));
  }

  take(tenantId: TenantId): Fold | null {
    const owed = this.byTenant.get(tenantId) ?? null;
    this.byTenant.delete(tenantId);
    return owed;
  }

  tenants(): TenantId[] {
    return [...this.byTenant.keys()];
  }
}

function merge(older: Fold, newer: Fold): Fold {
  const quota =
    older.quota === null || (newer.quota !== null && newer.quota.version >= older.quota.version)
      ? newer.quota
      : older.quota;
  return {
    tenantId: newer.tenantId,
    quota,
    // Redis takes each key quota by its own version, so an older one in the list does no harm.
    keyQuotas: [...older.keyQuotas, ...newer.keyQuotas],
    operations: [...older.operations, ...newer.operations],
  };
}
