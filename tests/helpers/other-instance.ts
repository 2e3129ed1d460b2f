import { mkdtempSync, rmSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { Redis } from 'ioredis';
import { createOpenCharges } from '@/server/gateway/open-charges';
import type { EndingPorts } from '@/server/gateway/types';
import { createPostgresClient } from '@/server/stores/postgres/client';
import { createPostgresLedger } from '@/server/stores/postgres/ledger';
import { createPostgresQuarantine } from '@/server/stores/postgres/quarantine';
import { createRedisQuotaStore } from '@/server/stores/redis/quota-store';
import { createScriptRunner } from '@/server/stores/redis/scripts';
import { createFileSpool } from '@/server/stores/spool/file-spool';
import { createGatewayTelemetry } from '@/server/telemetry/create-gateway-telemetry';
import { createLogger } from '@/server/telemetry/logger';
import { createMetrics } from '@/server/telemetry/metrics';
import type { TestGateway } from './gateway';
import { sharedRedisUrl } from './redis';

export interface OtherInstance {
  /** What it sweeps and settles with. */
  readonly ports: EndingPorts;
  close(): Promise<void>;
}

/** A second instance beside a gateway, as far as ending charges goes: its own connections. */
export function startOtherInstance(gateway: TestGateway): OtherInstance {
  const { sql, close } = createPostgresClient(gateway.database.url);
  const redis = new Redis(sharedRedisUrl());
  const folder = mkdtempSync(path.join(os.tmpdir(), 'tallygate-spool-'));
  const ledger = createPostgresLedger(sql);
  const scripts = createScriptRunner(redis, () => undefined);
  return {
    ports: {
      ledger,
      quota: createRedisQuotaStore(scripts, ledger.snapshot),
      spool: createFileSpool(folder, () => undefined),
      quarantine: createPostgresQuarantine(sql),
      openCharges: createOpenCharges(),
      telemetry: createGatewayTelemetry(createMetrics(), createLogger('silent')),
    },
    async close() {
      redis.disconnect();
      await close();
      rmSync(folder, { recursive: true, force: true });
    },
  };
}

/** Lets the lease of every open charge of a tenant run out, as for an owner that stood still. */
export async function letLeasesRunOut(
  gateway: TestGateway,
  tenant: { readonly id: string },
): Promise<void> {
  await gateway.database.sql`
    update billing_transaction set lease_expires_at = now() - interval '1 second'
    where tenant_id = ${tenant.id} and status = 'PENDING'`;
}
