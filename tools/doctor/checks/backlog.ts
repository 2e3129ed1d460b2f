import type { Sql } from '../../../src/server/stores/postgres/client';
import {
  countOverspentTenants,
  readSweepLagMs,
} from '../../../src/server/stores/postgres/ledger-health';
import { createPostgresQuarantine } from '../../../src/server/stores/postgres/quarantine';
import type { RedisClient } from '../../../src/server/stores/redis/client';
import { createRedisSpool } from '../../../src/server/stores/redis/spool';
import { type Finding, reporter } from '../finding';

const report = reporter('backlog');
/** Beyond an instance's first half minute and a sweeper's round. */
const SWEEP_LAG_WARN_MS = 90_000;

/** What waits for somebody: refused settlements, abandoned charges, tenants below their limit. */
export async function checkLedgerBacklog(sql: Sql): Promise<Finding[]> {
  const [quarantined, lagMs, overspent] = await Promise.all([
    createPostgresQuarantine(sql).waiting(),
    readSweepLagMs(sql),
    countOverspentTenants(sql),
  ]);
  const findings: Finding[] = [];
  if (quarantined > 0) {
    const says = `${quarantined} settlements in the quarantine`;
    findings.push(
      report.fail(says, 'GET /api/admin/v1/quarantine, mend what the reason names, retry'),
    );
  }
  if (lagMs > SWEEP_LAG_WARN_MS) {
    const says = `an abandoned charge has waited ${Math.round(lagMs / 1000)} s for a sweeper`;
    findings.push(
      report.warn(says, 'Start an instance; on Vercel see that the scheduled job runs'),
    );
  }
  if (overspent > 0) {
    const says = `${overspent} tenants are below what their credit limit allows`;
    findings.push(report.warn(says, 'See TenantOverspent in docs/operations.md'));
  }
  return findings.length > 0
    ? findings
    : [report.ok('no quarantine, no abandoned charge, no overspending')];
}

export async function checkRedisBacklog(redis: RedisClient): Promise<Finding> {
  const waiting = await createRedisSpool(redis, () => undefined).waiting();
  if (waiting === 0) return report.ok('nothing waits in the spool in Redis');
  return report.warn(
    `${waiting} settlements wait in Redis`,
    'Start an instance: it books them at once',
  );
}
