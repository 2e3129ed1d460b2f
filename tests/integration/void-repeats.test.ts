import { expect, it } from 'vitest';
import { chargesOf } from '../helpers/books';
import { type Ask, atOnce, outcomeOf, plain, tally } from '../helpers/buy';
import { inBothModes } from '../helpers/modes';

const operationsOf = (tenantId: string): string => `{gw:quota:tenant:${tenantId}}:ops`;

inBothModes('repeats of a void trace', (gateway) => {
  it('sent all at once buy one answer, and leave its hold and its lease alone', async () => {
    const { admin, simulator, redis, container } = gateway();
    const tenant = await admin.newTenant();
    const ask: Ask = { traceId: 'void-once' };
    simulator.script({ script: { status: 500 } });
    expect(outcomeOf(await plain(gateway(), tenant, ask))).toBe('502 upstream_error');
    const [voided] = await chargesOf(gateway(), tenant);
    expect(voided?.status).toBe('VOIDED');

    simulator.reset();
    simulator.script({ script: { ttftMs: 1_000 }, times: 20 });
    const repeats = atOnce(20, () => plain(gateway(), tenant, ask));
    const isOpen = () => simulator.stats().openRequests;
    await expect.poll(isOpen, { timeout: 5_000, interval: 10 }).toBe(1);
    const settled = await Promise.race([repeats, new Promise((end) => setTimeout(end, 400))]);
    expect(settled).toBeUndefined();
    expect(container.inFlight).toBe(1);
    if (redis !== null) {
      expect(await redis.hkeys(operationsOf(tenant.id))).toEqual([`${voided?.id}:2`]);
    }

    expect(tally(await repeats)).toEqual({ '200': 1, '409 trace_in_flight': 19 });
    expect(simulator.stats().requests).toHaveLength(1);
    expect(await chargesOf(gateway(), tenant)).toMatchObject([{ status: 'COMMITTED', attempt: 2 }]);
  });
});
