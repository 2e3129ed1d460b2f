import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { expectBooksRight, onlyChargeOf } from '../helpers/books';
import { outcomeOf, plain, stream } from '../helpers/buy';
import { startGateway, type TestGateway } from '../helpers/gateway';
import { until } from '../helpers/until';

describe('a void trace whose next attempt got no row', () => {
  let gateway: TestGateway;

  beforeAll(async () => {
    gateway = await startGateway();
  });
  afterAll(() => gateway.close());

  /** The connections that wait for a lock are lost, with what they were to write. */
  async function loseWhatWaits(): Promise<void> {
    await until('a row to be asked for', async () => {
      const lost = await gateway.database.sql`
        select pg_terminate_backend(pid) from pg_stat_activity
        where datname = current_database() and wait_event_type = 'Lock'`;
      return lost.length > 0;
    });
  }

  it.each([
    ['plain', plain],
    ['streamed', stream],
  ] as const)('runs again as soon as Postgres is back (%s)', async (traceId, send) => {
    const tenant = await gateway.admin.newTenant({}, { rpm: 10 });
    const ask = { traceId };
    gateway.simulator.script({ script: { status: 500 } });
    expect(outcomeOf(await send(gateway, tenant, ask))).toBe('502 upstream_error');
    await gateway.database.sql.begin(async (tx) => {
      await tx`lock table billing_transaction in exclusive mode`;
      const repeat = send(gateway, tenant, ask);
      await loseWhatWaits();
      expect(outcomeOf(await repeat)).toBe('503 billing_unavailable');
    });
    const again = await send(gateway, tenant, ask);
    expect(outcomeOf(again)).toBe('200');
    // The one that was refused for want of a row took nothing from the minute.
    expect(again.headers.get('x-ratelimit-remaining-requests')).toBe('8');
    expect(await onlyChargeOf(gateway, tenant)).toMatchObject({ status: 'COMMITTED', attempt: 3 });
    await expectBooksRight(gateway);
  });
});
