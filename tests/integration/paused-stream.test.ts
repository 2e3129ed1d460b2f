import { getEncoding } from 'js-tiktoken';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { chargesOf, expectBooksRight, onlyChargeOf } from '../helpers/books';
import { startGateway, type TestGateway } from '../helpers/gateway';
import { LiveStream } from '../helpers/live-stream';
import { until } from '../helpers/until';

const tokensIn = (text: string): number => getEncoding('o200k_base').encode(text).length;

describe('a stream that waits for its checkpoint', () => {
  let gateway: TestGateway;

  beforeAll(async () => {
    gateway = await startGateway();
  });
  afterAll(() => gateway.close());

  it('does not charge what came meanwhile when its client leaves before it can be sent', async () => {
    const tenant = await gateway.admin.newTenant();
    const script = { outputTokens: 2_000, perTokenMs: 4, coalesce: 100 };
    const stream = await LiveStream.open(gateway, tenant, { script });
    await stream.untilRead(100);
    const { id } = await onlyChargeOf(gateway, tenant);
    const { sql } = gateway.database;
    await sql.begin(async (tx) => {
      const [locked] = await tx<{ at: Date }[]>`
        select clock_timestamp() as at from billing_transaction where id = ${id} for update`;
      if (locked === undefined) throw new Error('There is no row to lock.');
      await until('a checkpoint that could not be written', async () => {
        const tried = await sql`select 1 from pg_stat_activity
          where datname = current_database() and query_start > ${locked.at}
            and query like '%greatest(t.output_tokens, i.output_tokens)%'`;
        return tried.length > 0;
      });
      const aborted = gateway.simulator.stats().abortedRequests;
      stream.leave();
      const hasLeft = () => gateway.simulator.stats().abortedRequests > aborted;
      await until('the upstream call to end', hasLeft);
    });
    await until('the charge to end', async () => {
      const [charge] = await chargesOf(gateway, tenant);
      return charge?.status === 'COMMITTED';
    });
    const charge = await onlyChargeOf(gateway, tenant);
    expect(charge.finish).toBe('client_closed');
    expect(charge.output_tokens).toBe(tokensIn(stream.content()));
  });

  it('leaves books that the audit finds right', () => expectBooksRight(gateway));
});
