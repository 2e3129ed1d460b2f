import type { TenantId } from '../domain/ids';
import type { Nano } from '../domain/money';
import { refusalError } from './refusal-error';
import type { GatewayPorts } from './types';

/** Reads whether the tenant could pay at all; holds and consumes nothing. Throws 402 or 429. */
export async function checkQuota(
  ports: GatewayPorts,
  tenantId: TenantId,
  leastNano: Nano,
): Promise<void> {
  const from = performance.now();
  const check = await ports.quota.check(tenantId, leastNano);
  ports.telemetry.quotaChecked(performance.now() - from);
  if (check.kind === 'refused') throw refusalError(check.refusal);
}
