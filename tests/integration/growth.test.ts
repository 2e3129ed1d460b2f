import { afterAll, beforeAll, expect, it } from 'vitest';
import { auditLedger } from '@/server/stores/postgres/audit';
import { noQuotaStore } from '@/server/stores/redis/read-store';
import { measure } from '../../tools/growth/measure';
import { OPERATIONS } from '../../tools/growth/operations';
import { openSubject } from '../../tools/growth/subject';
import { quantile, tableOf } from '../../tools/growth/table';
import { readPlan } from '../../tools/seed/plan';
import { sow } from '../../tools/seed/sow';
import { createDatabase, type TestDatabase } from '../helpers/database';

let database: TestDatabase;
beforeAll(async () => {
  database = await createDatabase();
});
afterAll(() => database?.drop());

it('every operation is timed in each database, and leaves books that are right', async () => {
  await expect(openSubject(database.directUrl)).rejects.toThrow('Nothing was sown');
  const plan = readPlan(['--tenants', '5', '--transactions', '200', '--largest', '60'], Date.now());
  await sow(database.directUrl, plan, { onStage() {}, onDone() {} });
  const subject = await openSubject(database.directUrl);
  try {
    expect(subject).toMatchObject({ tenants: 5, transactions: 200, chargesOfLargest: 66 });
    const results = await measure([subject, subject], 2);
    expect([...results.keys()]).toEqual(Object.keys(OPERATIONS));
    for (const times of results.values()) expect(times.map(({ length }) => length)).toEqual([2, 2]);
    const { report } = await auditLedger(subject.sql, noQuotaStore);
    expect(report.invariants.filter(({ ok }) => !ok)).toEqual([]);
  } finally {
    await subject.close();
  }
});

it('the table has p50 and p95, and what the last database takes of the first one’s p50', () => {
  const times = Array.from({ length: 20 }, (_, at) => at + 1);
  expect([quantile(times, 0.5), quantile(times, 0.95), quantile([7], 0.95)]).toEqual([10, 19, 7]);
  const table = tableOf(
    ['small', 'large'],
    new Map([['page', [times, times.map((ms) => ms * 3)]]]),
  );
  expect(table.split('\n')).toEqual([
    '| ms, p50 / p95 | small | large | last : first |',
    '| --- | --- | --- | --- |',
    '| page | 10 / 19 | 30 / 57 | 3.00 |',
  ]);
});
