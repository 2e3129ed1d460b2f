import { expect, test } from 'vitest';
import { chargesOf, expectBooksRight } from '../helpers/books';
import { outcomeOf, plain, stream } from '../helpers/buy';
import { startGateway, type TestGateway } from '../helpers/gateway';
import { MODES, type Mode } from '../helpers/modes';
import { until } from '../helpers/until';

const UNAVAILABLE = '503 billing_unavailable';
/** Well within a lease: only who gave the row up can have ended it. */
const ENDED_MS_MAX = 15_000;

/** Somebody's lock, by hand: the ledger can be read, and every write waits. */
const whileNothingIsWritten = (gateway: TestGateway, work: () => Promise<void>) =>
  gateway.database.sql.begin(async (tx) => {
    await tx`lock table billing_transaction in exclusive mode`;
    await work();
  });

async function expectLateRowsEnded(mode: Mode): Promise<void> {
  const gateway = await startGateway(mode === 'Redis' ? {} : { redisUrl: 'off' });
  const tenant = await gateway.admin.newTenant();
  const other = await gateway.admin.newTenant();
  const charges = async () => [
    ...(await chargesOf(gateway, tenant)),
    ...(await chargesOf(gateway, other)),
  ];
  await whileNothingIsWritten(gateway, async () => {
    const refused = await Promise.all([
      plain(gateway, tenant, { traceId: 'late' }),
      stream(gateway, other),
    ]);
    expect(refused.map(outcomeOf)).toEqual([UNAVAILABLE, UNAVAILABLE]);
    expect(await charges()).toEqual([]);
  });
  await until('the rows that were given up', async () => (await charges()).length === 2);
  const areEnded = async () => (await charges()).every(({ status }) => status === 'VOIDED');
  await until('their end', areEnded, ENDED_MS_MAX);
  expect(outcomeOf(await plain(gateway, tenant, { traceId: 'late' }))).toBe('200');
  await expectBooksRight(gateway);
  await gateway.close();
}

test('a row that Postgres writes after its request was refused is ended long before its lease, in either mode', async () => {
  // Seconds of patience: both modes wait at once.
  await Promise.all(MODES.map(expectLateRowsEnded));
});
