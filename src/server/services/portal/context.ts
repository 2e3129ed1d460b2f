import type { TenantId } from '../../domain/ids';
import type { PortalReader } from '../../domain/ports/portal';
import type { Actor } from '../context';

/** What every portal service needs: the tenant comes from the membership, never from the input. */
export interface PortalContext {
  readonly portal: PortalReader;
  readonly tenantId: TenantId;
  readonly actor: Actor;
  readonly nowMs: number;
}
